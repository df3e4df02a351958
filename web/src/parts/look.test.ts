import { expect, test } from "vitest";
import { readLook, withView } from "./look";

test("a stored look is read back, and what cannot be read is as by default", () => {
  const look = { hidden: ["kind"], dense: true, views: [{ name: "逾期", query: "overdue=1" }] };
  expect(readLook(JSON.stringify(look))).toEqual(look);
  const plain = { hidden: [], dense: false, views: [] };
  for (const broken of [null, "", "{", "[]", '{"hidden":3,"dense":"yes","views":[{"name":""},7,null]}'])
    expect(readLook(broken), `${broken}`).toEqual(plain);
});

test("a view of the same name gives way to the newer, and the oldest of many goes", () => {
  let look = readLook(null);
  for (let i = 0; i < 21; i++) look = withView(look, { name: `v${i}`, query: `page=${i}` });
  expect(look.views.length).toBe(20);
  expect(look.views[0]?.name).toBe("v1");
  look = withView(look, { name: "v5", query: "again" });
  expect(look.views.filter((v) => v.name === "v5")).toEqual([{ name: "v5", query: "again" }]);
});
