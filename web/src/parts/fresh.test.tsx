import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { useHeld } from "./fresh";

interface Row {
  id: string;
  text: string;
}

const row = (id: string, text = id): Row => ({ id, text });
const key = (r: Row) => r.id;

test("rows stay where they are when a list is read anew, and what came is counted until it is asked for", () => {
  const { result, rerender } = renderHook(
    ({ rows, of }: { rows: Row[] | undefined; of: string }) => useHeld(rows, key, of),
    {
      initialProps: { rows: undefined as Row[] | undefined, of: "1" },
    },
  );
  expect(result.current.rows).toBeUndefined();
  rerender({ rows: [row("b"), row("a")], of: "1" });
  expect(result.current).toMatchObject({ rows: [row("b"), row("a")], count: 0 });

  // One came, one changed: nothing moves.
  rerender({ rows: [row("c"), row("b", "changed"), row("a")], of: "1" });
  expect(result.current).toMatchObject({ rows: [row("b", "changed"), row("a")], count: 1 });

  // One is gone.
  rerender({ rows: [row("c"), row("b", "changed")], of: "1" });
  expect(result.current).toMatchObject({ rows: [row("b", "changed")], count: 1 });

  act(() => result.current.onShow());
  expect(result.current).toMatchObject({ rows: [row("c"), row("b", "changed")], count: 0 });

  // With other filters it is another list.
  rerender({ rows: [row("z")], of: "2" });
  expect(result.current).toMatchObject({ rows: [row("z")], count: 0 });
});
