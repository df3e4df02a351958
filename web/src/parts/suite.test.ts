import { create } from "@bufbuild/protobuf";
import { TestCaseResultSchema, TestCaseSchema } from "@gen/flowdesk/v1/test_case_pb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clean, failedOf, openOf, type Player, passedOf, playSuite, type Suite } from "./suite";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const testCase = (name: string) => create(TestCaseSchema, { name });
const result = (testCase: string, passed: boolean) => create(TestCaseResultSchema, { testCase, passed });
const never = new Promise<never>(() => {});
const names = (cases: readonly { name: string }[]) => cases.map((c) => c.name);

function watch(player: Player, limit?: number) {
  const told: Suite[] = [];
  return { told, ...playSuite(player, (suite) => told.push(suite), limit) };
}

test("each case runs once, in order, and what failed stands against the suite", async () => {
  const ran: string[] = [];
  const { told } = watch({
    list: async () => ["a", "b", "c"].map(testCase),
    run: async (name) => {
      ran.push(name);
      return result(name, name !== "b");
    },
  });
  await vi.advanceTimersByTimeAsync(0);
  const last = told.at(-1) as Suite;
  expect(ran).toEqual(["a", "b", "c"]);
  expect(last.state).toBe("done");
  expect([names(passedOf(last)), names(failedOf(last)), names(openOf(last))]).toEqual([["a", "c"], ["b"], []]);
  expect(clean(last)).toBe(false);
  expect(told.map((s) => s.results.size)).toEqual([0, 1, 2, 3, 3]);
});

test("without cases, and with cases that all pass, nothing stands against it", async () => {
  const empty = watch({ list: async () => [], run: () => never });
  const good = watch({ list: async () => [testCase("a")], run: async (name) => result(name, true) });
  await vi.advanceTimersByTimeAsync(0);
  expect(clean(empty.told.at(-1) as Suite)).toBe(true);
  expect(clean(good.told.at(-1) as Suite)).toBe(true);
});

test("a simulator that never answers is given up at the limit, and what it says later is not heard", async () => {
  let answer: (r: ReturnType<typeof result>) => void = () => {};
  let stopped: AbortSignal | undefined;
  const { told } = watch(
    {
      list: async () => ["a", "b"].map(testCase),
      run: (_, signal) => {
        stopped = signal;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    },
    5000,
  );
  await vi.advanceTimersByTimeAsync(4999);
  expect(told.at(-1)?.state).toBe("running");
  await vi.advanceTimersByTimeAsync(1);
  const last = told.at(-1) as Suite;
  expect(last.state).toBe("overdue");
  expect(stopped?.aborted).toBe(true);
  answer(result("a", true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told.at(-1)).toBe(last);
  expect(names(openOf(last))).toEqual(["a", "b"]);
  expect(clean(last)).toBe(false);
});

test("a reader who skips keeps the results there are; even a list that does not come can be skipped", async () => {
  const some = watch({
    list: async () => ["a", "b"].map(testCase),
    run: (name) => (name === "a" ? Promise.resolve(result(name, true)) : never),
  });
  const none = watch({ list: () => never, run: () => never });
  await vi.advanceTimersByTimeAsync(0);
  some.skip();
  none.skip();
  const last = some.told.at(-1) as Suite;
  expect(last.state).toBe("skipped");
  expect([names(passedOf(last)), names(openOf(last))]).toEqual([["a"], ["b"]]);
  expect(none.told.at(-1)?.cases).toBeUndefined();
  expect(clean(none.told.at(-1) as Suite)).toBe(false);
});

test("an error ends it and is told; a suite that was left tells nothing more", async () => {
  const lost = new Error("lost");
  const broken = watch({ list: async () => [testCase("a")], run: () => Promise.reject(lost) });
  const left = watch({ list: async () => [testCase("a")], run: async (name) => result(name, true) });
  left.abandon();
  await vi.advanceTimersByTimeAsync(0);
  expect(broken.told.at(-1)).toMatchObject({ state: "broken", error: lost });
  expect(left.told).toEqual([]);
});
