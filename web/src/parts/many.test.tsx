import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { counting, most, useChosen } from "./many";

test("no more than the bound are marked one by one", () => {
  const rows = Array.from({ length: most + 20 }, (_, i) => ({ id: String(i) }));
  const { result } = renderHook(() => useChosen(rows, (r) => r.id, ""));
  act(() => result.current.take(rows));
  expect(result.current.rows).toHaveLength(most);
  act(() => result.current.toggle({ id: "unseen" }));
  expect(result.current.rows).toHaveLength(most);
});

test("marks follow changes and go with other filters", () => {
  const { result, rerender } = renderHook(
    ({ rows, of }: { rows: { id: string; text: string }[]; of: string }) => useChosen(rows, (r) => r.id, of),
    { initialProps: { rows: [{ id: "1", text: "old" }], of: "open" } },
  );
  act(() => result.current.toggle({ id: "1", text: "old" }));
  rerender({ rows: [{ id: "1", text: "new" }], of: "open" });
  expect(result.current.rows).toEqual([{ id: "1", text: "new" }]);
  rerender({ rows: [{ id: "1", text: "new" }], of: "all" });
  expect(result.current.rows).toEqual([]);
});

test("all that match holds every row until one is let go, or the filters change", () => {
  const rows = [{ id: "1" }, { id: "2" }];
  const { result, rerender } = renderHook(({ of }: { of: string }) => useChosen(rows, (r) => r.id, of), {
    initialProps: { of: "open" },
  });
  act(() => result.current.takeAll({ count: 10_412, more: false }));
  expect(result.current.has({ id: "of another page" })).toBe(true);
  act(() => result.current.toggle({ id: "2" }));
  expect(result.current.everything).toBeUndefined();
  expect(result.current.rows).toEqual([{ id: "1" }]);
  act(() => result.current.takeAll({ count: 10_412, more: false }));
  rerender({ of: "all" });
  expect(result.current.everything).toBeUndefined();
  expect(result.current.has({ id: "1" })).toBe(false);
});

test("all that match are counted with an action for which nothing has to be chosen", () => {
  const reassign = { key: "reassign", choose: { choices: [] as string[] } };
  const complete = { key: "complete", own: { wrong: false } };
  expect(counting([reassign, complete])).toBe(complete);
  expect(counting([reassign])).toBeUndefined();
  const silence = { key: "silence", own: { wrong: true } };
  expect(counting([silence, complete])).toBe(complete);
  const peopled = { key: "reassign", choose: { choices: ["people/a"] } };
  expect(counting([peopled])).toBe(peopled);
});
