import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import type { SimulationState } from "@gen/flowdesk/v1/simulation_pb";
import type { FlowChoiceSchema } from "@gen/flowdesk/v1/simulator_pb";
import { SimulatorService, StepMode } from "@gen/flowdesk/v1/simulator_pb";
import type { CaseStepSchema, TestCase } from "@gen/flowdesk/v1/test_case_pb";
import { useCallback, useEffect, useRef, useState } from "react";
import { client } from "@/api/transport";

/** Choice is the flow that is tried: a version, the draft, or the one that is live. */
export type Choice = MessageInitShape<typeof FlowChoiceSchema>;
export type StepInit = MessageInitShape<typeof CaseStepSchema>;

/** Simulated is a simulation and what can be done with it. Everything is done by the server, on the real engine. */
export interface Simulated {
  state: SimulationState | undefined;
  diagnostics: Diagnostic[];
  error: unknown;
  busy: boolean;
  play: (...steps: StepInit[]) => Promise<void>;
  begin: (testCase?: string, setupOnly?: boolean) => Promise<void>;
  rewind: (keep: number) => Promise<void>;
  debug: (everyNode: boolean, breakpoints?: string[]) => Promise<void>;
  step: (mode: StepMode, node?: string) => Promise<void>;
  record: () => Promise<TestCase | undefined>;
}

const simulator = () => client(SimulatorService);

/**
 * useSimulation keeps one simulation for as long as the screen shows it, and removes it afterwards. Other pins play what was said again
 * from the beginning.
 */
export function useSimulation(choice: Choice, key: string, pins: string): Simulated {
  const [state, setState] = useState<SimulationState>();
  const [diagnostics, setDiagnostics] = useState<Diagnostic[]>([]);
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(0);
  const name = useRef("");
  const chosen = useRef(choice);
  chosen.current = choice;
  const turn = useRef(0);

  const run = useCallback(
    async (work: () => Promise<{ state?: SimulationState | undefined; diagnostics?: Diagnostic[] }>) => {
      const mine = ++turn.current;
      setWorking((n) => n + 1);
      setError(undefined);
      try {
        const answer = await work();
        if (answer.diagnostics) setDiagnostics(answer.diagnostics);
        if (answer.state && mine === turn.current) setState(answer.state);
      } catch (failure) {
        setError(failure);
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
        const made = await simulator().createSimulation({ choice: chosen.current, testCase, setupOnly });
        name.current = made.state?.simulation?.name ?? "";
        return made;
      });
      if (before)
        await simulator()
          .deleteSimulation({ name: before })
          .catch(() => {});
    },
    [run],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another flow is another simulation
  useEffect(() => {
    begin().catch(() => {});
  }, [begin, key]);
  const steps = useRef(0);
  steps.current = state?.simulation?.steps ?? 0;
  const pinned = useRef(pins);
  useEffect(() => {
    if (pinned.current === pins) return;
    pinned.current = pins;
    if (!name.current) return;
    run(() =>
      simulator().resetSimulation({ name: name.current, keepSteps: steps.current, choice: chosen.current }),
    ).catch(() => {});
  }, [pins, run]);
  useEffect(
    () => () => {
      if (name.current)
        simulator()
          .deleteSimulation({ name: name.current })
          .catch(() => {});
      name.current = "";
    },
    [],
  );

  return {
    state,
    diagnostics,
    error,
    busy: working > 0,
    begin,
    play: (...steps) => run(() => simulator().playSimulation({ name: name.current, steps })),
    rewind: (keep) => run(() => simulator().resetSimulation({ name: name.current, keepSteps: keep })),
    debug: (everyNode, breakpoints = []) =>
      run(() => simulator().debugSimulation({ name: name.current, everyNode, breakpoints })),
    step: (mode, node = "") => run(() => simulator().stepSimulation({ name: name.current, mode, node })),
    record: async () => (await simulator().recordTestCase({ name: name.current })).testCase,
  };
}

export { StepMode };
