import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import type { DebugState } from "@gen/flowdesk/v1/simulation_pb";
import { useCallback, useMemo, useState } from "react";
import type { Doc } from "@/graph/doc";
import type { useTrial } from "@/graph/trial";
import { overlayOf } from "../instance/overlay";

/** Trying is a trial of the draft on screen, as the parts of the editor share it. */
export interface Trying {
  flow: Flow;
  doc: Doc;
  /** Node that is selected, alone. */
  only: string | undefined;
  trial: ReturnType<typeof useTrial>;
  /** What the last run did, or what the turn that is held has done; the last step of a held turn is still to come. */
  steps: readonly TraceStep[];
  debug: DebugState | undefined;
  onRun: (steps: readonly TraceStep[], debug: DebugState | undefined) => void;
  /** Node to run to; each object asks once. */
  goal: { node: string } | undefined;
}

const none: readonly TraceStep[] = [];

/** useTrying keeps what a trial in the editor did, and how the canvas shows it while the trial is on screen. */
export function useTrying(
  flow: Flow,
  doc: Doc,
  only: string | undefined,
  trial: ReturnType<typeof useTrial>,
  shown: boolean,
) {
  const [run, setRun] = useState<{ steps: readonly TraceStep[]; debug: DebugState | undefined }>({
    steps: none,
    debug: undefined,
  });
  const [goal, setGoal] = useState<{ node: string }>();
  const onRun = useCallback<Trying["onRun"]>((steps, debug) => setRun({ steps, debug }), []);
  const overlay = useMemo(
    () => (shown && run.steps.length > 0 ? overlayOf(doc, run.steps, run.debug !== undefined) : undefined),
    [doc, run, shown],
  );
  const trying: Trying = { flow, doc, only, trial, ...run, onRun, goal };
  return { trying, overlay, runTo: (node: string) => setGoal({ node }) };
}
