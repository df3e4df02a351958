import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Diagnostic, Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import type { SimulationSetupSchema, SimulationState } from "@gen/flowdesk/v1/simulation_pb";
import type { FlowChoiceSchema } from "@gen/flowdesk/v1/simulator_pb";
import { SimulatorService, StepMode } from "@gen/flowdesk/v1/simulator_pb";
import type { CaseStepSchema, TestCase } from "@gen/flowdesk/v1/test_case_pb";
import type { CommandAction } from "@gen/flowdesk/v1/turn_pb";
import { useCallback, useEffect, useRef, useState } from "react";
import { isMissing } from "@/api/problem";
import { client } from "@/api/transport";
import { beginning } from "./begin";

/** Choice is the flow that is tried: a version, the draft, or the one that is live. */
export type Choice = MessageInitShape<typeof FlowChoiceSchema>;
export type StepInit = MessageInitShape<typeof CaseStepSchema>;
export type SetupInit = MessageInitShape<typeof SimulationSetupSchema>;

/** Simulated is a simulation and what can be done with it. Everything is done by the server, on the real engine. */
export interface Simulated {
  state: SimulationState | undefined;
  diagnostics: Diagnostic[];
  error: unknown;
  busy: boolean;
  play: (...steps: StepInit[]) => Promise<void>;
  /** Lets the clock run on by seconds: with what it ran before it is one step. */
  tick: (seconds: number) => Promise<void>;
  /** Somebody speaks, and the robots' phones get the seconds that a send takes. */
  say: (person: string, text: string, mentions: string[], group: string) => Promise<void>;
  begin: (testCase?: string, setupOnly?: boolean) => Promise<void>;
  /** Plays the whole conversation again, on what is chosen now. */
  replay: () => Promise<void>;
  /** Begins anew and plays the first steps again. */
  rewind: (keep: number, setup?: SetupInit) => Promise<void>;
  order: (command: string, action: CommandAction) => Promise<void>;
  debug: (everyNode: boolean, breakpoints?: string[]) => Promise<void>;
  step: (mode: StepMode, node?: string) => Promise<void>;
  record: (withoutExpectations?: boolean) => Promise<TestCase | undefined>;
}

const simulator = () => client(SimulatorService);

// A tab keeps the simulation of each flow, so that one finds the conversation again after a look at the editor.
const slot = (flow: string) => `flowdesk.simulation.${flow}`;

// How long a send of a robot's phone takes at most, and how many of them are awaited at once.
const sendTakes = 10_000;
const sends = 4;

/**
 * useSimulation keeps one simulation. Another choice plays the same conversation again, on what is chosen now. A test case that is named is
 * played instead of what was said before, once: what the reader says after it is part of the conversation.
 */
export function useSimulation(choice: Choice, key: string, testCase = ""): Simulated {
  const [state, setState] = useState<SimulationState>();
  const [diagnostics, setDiagnostics] = useState<Diagnostic[]>([]);
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(0);
  const name = useRef("");
  const chosen = useRef(choice);
  chosen.current = choice;
  const latest = useRef<SimulationState>(undefined);
  const turn = useRef(0);
  const flow = choice.flow ?? "";
  const played = useRef("");

  const run = useCallback(
    async (work: () => Promise<{ state?: SimulationState | undefined; diagnostics?: Diagnostic[] }>) => {
      const mine = ++turn.current;
      setWorking((n) => n + 1);
      setError(undefined);
      try {
        const answer = await work();
        if (mine !== turn.current) return;
        if (answer.diagnostics) setDiagnostics(answer.diagnostics);
        if (answer.state) {
          latest.current = answer.state;
          setState(answer.state);
        }
      } catch (failure) {
        if (mine === turn.current) setError(failure);
        throw failure;
      } finally {
        setWorking((n) => n - 1);
      }
    },
    [],
  );

  const begin = useCallback(
    async (testCase = "", setupOnly = false) => {
      const before = name.current;
      await run(async () => {
        const setup = testCase ? {} : { setup: beginning() };
        const made = await simulator().createSimulation({ choice: chosen.current, testCase, setupOnly, ...setup });
        name.current = made.state?.simulation?.name ?? "";
        if (name.current) sessionStorage.setItem(slot(flow), name.current);
        return made;
      });
      if (before) void simulator().deleteSimulation({ name: before }).catch(ignore);
    },
    [run, flow],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the choice
  useEffect(() => {
    const kept = name.current || sessionStorage.getItem(slot(flow));
    const other = testCase !== "" && testCase !== played.current;
    played.current = testCase;
    const resume = async () => {
      // A case that was removed meanwhile leaves its reader a simulation to work in; the page says that the case is gone.
      if (other) return begin(testCase).catch((e) => (isMissing(e) ? begin() : Promise.reject(e)));
      if (!kept) return begin();
      try {
        // What is chosen now may be another version, or another draft: the whole conversation is played again.
        await run(async () => {
          const again = await simulator().resetSimulation({ name: kept, keepSteps: everyStep, choice: chosen.current });
          name.current = kept;
          return again;
        });
      } catch {
        name.current = "";
        await begin(); // it was removed
      }
    };
    resume().catch(ignore);
  }, [begin, run, key, testCase]);

  const play = (...steps: StepInit[]) => run(() => simulator().playSimulation({ name: name.current, steps }));
  return {
    state,
    diagnostics: diagnostics.filter((d) => d.severity === Severity.ERROR),
    error,
    busy: working > 0,
    begin,
    play,
    replay: () =>
      run(() => simulator().resetSimulation({ name: name.current, keepSteps: everyStep, choice: chosen.current })),
    tick: (seconds) =>
      run(() =>
        simulator().playSimulation({
          name: name.current,
          joinTime: true,
          steps: [{ action: { case: "advance", value: { way: { case: "by", value: { seconds: BigInt(seconds) } } } } }],
        }),
      ),
    say: async (person, text, mentions, group) => {
      await play({ action: { case: "say", value: { person, text, mentions, group } } });
      for (let i = 0; i < sends && sending(latest.current); i++)
        await play({ action: { case: "advance", value: { way: { case: "next", value: 1 } } } });
    },
    rewind: (keep, setup) =>
      run(() => simulator().resetSimulation({ name: name.current, keepSteps: keep, ...(setup ? { setup } : {}) })),
    order: (command, action) => run(() => simulator().orderSimulatedCommand({ name: name.current, command, action })),
    debug: (everyNode, breakpoints = []) =>
      run(() => simulator().debugSimulation({ name: name.current, everyNode, breakpoints })),
    step: (mode, node = "") => run(() => simulator().stepSimulation({ name: name.current, mode, node })),
    record: async (withoutExpectations = false) =>
      (await simulator().recordTestCase({ name: name.current, withoutExpectations })).testCase,
  };
}

const everyStep = 1_000_000;
const ignore = () => {};

// A robot is saying something at this moment: the next thing to come is its phone's result.
function sending(state: SimulationState | undefined): boolean {
  const info = state?.simulation;
  const next = state?.plan[0];
  if (!info?.clock || !next?.time || next.kind !== "result" || info.debug?.held) return false;
  return Number(next.time.seconds - info.clock.seconds) * 1000 <= sendTakes;
}

export { StepMode };
