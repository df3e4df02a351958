import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { most, type Outcome, runMany, useChosen } from "./many";

test("many are acted on one after another, and what failed is told with its reason", async () => {
  const seen: string[] = [];
  let under = 0;
  const reports: Outcome<string>[] = [];
  const outcome = await runMany(
    ["a", "b", "c"],
    async (row) => {
      expect(++under).toBe(1);
      await Promise.resolve();
      under--;
      seen.push(row);
      if (row === "b") throw new Error("refused");
    },
    (report) => reports.push(report),
    new AbortController().signal,
  );
  expect(seen).toEqual(["a", "b", "c"]);
  expect(outcome).toEqual({ done: 2, failed: [{ row: "b", error: new Error("refused") }], left: 0 });
  expect(reports.map((r) => [r.done, r.failed.length, r.left])).toEqual([
    [1, 0, 2],
    [1, 1, 1],
    [2, 1, 0],
  ]);
});

test("a stop leaves the rest as it was", async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const outcome = await runMany(
    [1, 2, 3],
    async (row) => {
      seen.push(row);
      if (row === 2) abort.abort();
    },
    () => {},
    abort.signal,
  );
  expect(seen).toEqual([1, 2]);
  expect(outcome).toEqual({ done: 2, failed: [], left: 1 });
});

test("no more than the bound are marked or acted on", async () => {
  const rows = Array.from({ length: most + 20 }, (_, i) => ({ id: String(i) }));
  let acted = 0;
  await runMany(
    rows,
    async () => acted++,
    () => {},
    new AbortController().signal,
  );
  expect(acted).toBe(most);
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
