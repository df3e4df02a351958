import { act, cleanup, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { rollBack } from "./rollback";
import { Toasts } from "./toast";

const rollbackFlow = vi.hoisted(() => vi.fn());
vi.mock("@/api/transport", () => ({ client: () => ({ rollbackFlow }) }));

const t = ((key: string, values: object = {}) => [key, ...Object.values(values)].join(" ")) as never;
const answer = (version: number, restored: number, from: number, cancelled = 0, left = 0) => ({
  flow: { etag: `1-${version}` },
  flowVersion: { version, restoredVersion: restored, rolledBackFrom: from },
  unchanged: false,
  cancelledInstances: cancelled,
  remainingInstances: BigInt(left),
});

beforeEach(() => {
  cleanup();
  rollbackFlow.mockReset();
});

test("what the server leaves of many instances is cancelled too, and only while that version is live", async () => {
  render(<Toasts />);
  rollbackFlow
    .mockResolvedValueOnce(answer(5, 2, 4, 500, 510))
    .mockResolvedValueOnce(answer(5, 2, 4, 500, 10))
    .mockResolvedValueOnce(answer(5, 2, 4, 0, 10)); // these cannot be cancelled
  const told: number[][] = [];
  const changed = vi.fn(async () => {});
  await act(() => rollBack(t, { name: "flows/f", version: 2, openInstances: 2 }, changed, (...now) => told.push(now)));
  expect(rollbackFlow).toHaveBeenCalledTimes(3);
  expect(rollbackFlow).toHaveBeenLastCalledWith({ name: "flows/f", openInstances: 2, version: 5, etag: "1-5" });
  expect(told).toEqual([
    [500, 510],
    [1000, 10],
  ]);
  expect(changed).toHaveBeenCalledOnce();
  expect(screen.getByText("versions.rolledBack 2 5versions.cancelled 1000")).toBeTruthy();
});

test("a rollback is taken back by another one", async () => {
  render(<Toasts />);
  rollbackFlow.mockResolvedValueOnce(answer(5, 2, 4)).mockResolvedValueOnce(answer(6, 4, 5));
  await act(() => rollBack(t, { name: "flows/f", version: 2, restoreDraft: true }, async () => {}));
  await act(async () => screen.getByRole("button", { name: "do.undo" }).click());
  expect(rollbackFlow).toHaveBeenLastCalledWith({ name: "flows/f", version: 4 });
  expect(screen.getByText("versions.rolledBack 4 6")).toBeTruthy();
});
