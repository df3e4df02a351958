import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import type { TestCase, TestCaseResult } from "@gen/flowdesk/v1/test_case_pb";
import { useEffect, useRef, useState } from "react";
import { client } from "@/api/transport";

/** Suite is how far the test cases of a draft are. */
export interface Suite {
  /** Ended is all but running: done with each case, skipped by the reader, stopped at the limit, or broken by an error. */
  state: "running" | "done" | "skipped" | "overdue" | "broken";
  /** Cases in the order in which they run; unset until they are known. */
  cases: readonly TestCase[] | undefined;
  /** Results by the name of the case; a case without one was not run to its end. */
  results: ReadonlyMap<string, TestCaseResult>;
  error?: unknown;
}

/** Player is what a suite needs of the simulator. */
export interface Player {
  list: (signal: AbortSignal) => Promise<TestCase[]>;
  run: (name: string, signal: AbortSignal) => Promise<TestCaseResult | undefined>;
}

/** suiteMinutes is how long a suite may take before it is stopped: publishing waits for it. */
export const suiteMinutes = 2;

/** playSuite runs the cases one after another and tells after each how far it is. It ends in time even when the simulator never answers. */
export function playSuite(
  player: Player,
  tell: (suite: Suite) => void,
  limit = suiteMinutes * 60_000,
): { skip: () => void; abandon: () => void } {
  const control = new AbortController();
  let suite: Suite = { state: "running", cases: undefined, results: new Map() };
  const put = (change: Partial<Suite>) => {
    if (suite.state !== "running") return; // what comes after the end is not heard
    suite = { ...suite, ...change };
    tell(suite);
  };
  const end = (state: Suite["state"], error?: unknown) => {
    put({ state, error });
    clearTimeout(timer);
    control.abort();
  };
  const timer = setTimeout(() => end("overdue"), limit);
  const play = async () => {
    const cases = await player.list(control.signal);
    put({ cases });
    for (const { name } of cases) {
      if (suite.state !== "running") return;
      const result = await player.run(name, control.signal);
      if (result) put({ results: new Map(suite.results).set(name, result) });
    }
    end("done");
  };
  play().catch((error) => end("broken", error));
  return {
    skip: () => end("skipped"),
    abandon: () => {
      tell = () => {};
      end("skipped");
    },
  };
}

/** failedOf are the cases of a suite that failed, openOf those without a result. */
export const failedOf = (suite: Suite) =>
  (suite.cases ?? []).filter((c) => suite.results.get(c.name)?.passed === false);
export const passedOf = (suite: Suite) => (suite.cases ?? []).filter((c) => suite.results.get(c.name)?.passed);
export const openOf = (suite: Suite) => (suite.cases ?? []).filter((c) => !suite.results.has(c.name));

/** clean tells that a suite ended with nothing that a reader would have to pass over. */
export const clean = (suite: Suite) =>
  suite.cases !== undefined && suite.state !== "running" && failedOf(suite).length === 0 && openOf(suite).length === 0;

const pageSize = 500;

/** casesOf lists all stored test cases of a flow, page by page. */
export async function casesOf(flow: string, signal?: AbortSignal): Promise<TestCase[]> {
  const cases: TestCase[] = [];
  let pageToken = "";
  do {
    const page = await client(SimulatorService).listTestCases({ parent: flow, pageSize, pageToken }, { signal });
    cases.push(...page.testCases);
    pageToken = page.nextPageToken;
  } while (pageToken);
  return cases;
}

// Of the stored draft: the publication names the revision that the reader saw, and revisions only go up, so what is published is what ran.
const playerOf = (flow: string): Player => ({
  list: (signal) => casesOf(flow, signal),
  run: async (name, signal) => {
    const request = { choice: { flow }, which: { case: "name", value: name } } as const;
    return (await client(SimulatorService).runTestCase(request, { signal })).result;
  },
});

/** useSuite runs the test cases of a flow's draft once for each revision of it. While not wanted nothing runs. */
export function useSuite(flow: string, revision: bigint, wanted: boolean) {
  const [suite, setSuite] = useState<Suite>();
  const [turn, setTurn] = useState(0);
  const playing = useRef<{ skip: () => void }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision or another turn is another run
  useEffect(() => {
    if (!wanted) return;
    setSuite({ state: "running", cases: undefined, results: new Map() });
    const play = playSuite(playerOf(flow), setSuite);
    playing.current = play;
    return play.abandon;
  }, [flow, revision, wanted, turn]);
  return {
    suite: wanted ? suite : undefined,
    skip: () => playing.current?.skip(),
    again: () => setTurn((n) => n + 1),
  };
}
