import { timestampDate } from "@bufbuild/protobuf/wkt";
import { afterEach, expect, test } from "vitest";
import { dayStart } from "./day";
import { zone } from "./time";

const before = zone.name;
afterEach(() => {
  zone.name = before;
});

test.each([
  ["Asia/Shanghai", "2026-03-01", 0, "2026-02-28T16:00:00.000Z"],
  ["Asia/Shanghai", "2026-02-28", 1, "2026-02-28T16:00:00.000Z"],
  ["Europe/Berlin", "2026-03-29", 0, "2026-03-28T23:00:00.000Z"],
  ["Europe/Berlin", "2026-03-29", 1, "2026-03-29T22:00:00.000Z"],
])("in %s the day %s and %d later begins at %s", (name, day, later, want) => {
  zone.name = name;
  const start = dayStart(day, later);
  expect(start && timestampDate(start).toISOString()).toBe(want);
});

test("no day has no beginning", () => {
  expect(dayStart("")).toBeUndefined();
  expect(dayStart("tomorrow")).toBeUndefined();
});
