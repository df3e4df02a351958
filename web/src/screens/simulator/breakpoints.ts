import { StepMode } from "@gen/flowdesk/v1/simulator_pb";
import { useEffect } from "react";
import type { Simulated } from "./simulation";

/** useBreakpoints tells a simulation where it is to hold: once for each simulation and each change; nothing while the nodes are not known. */
export function useBreakpoints(simulation: Simulated, breakpoints: readonly string[] | undefined): void {
  const info = simulation.state?.simulation;
  const points = breakpoints?.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each simulation and each change of the breakpoints
  useEffect(() => {
    if (info?.name && breakpoints && (info.debug?.breakpoints ?? []).join() !== points)
      void simulation.debug(info.debug?.everyNode ?? false, [...breakpoints]).catch(() => {});
  }, [info?.name, points]);
}

/**
 * runTo holds the flow ahead of a node: a turn that is held runs on to it, otherwise what was said last is said again, up to there. It
 * reports whether there was anything to run.
 */
export async function runTo(simulation: Simulated, node: string, breakpoints: readonly string[]): Promise<boolean> {
  const debug = simulation.state?.simulation?.debug;
  if (debug?.held) {
    await simulation.step(StepMode.RUN_TO, node);
    return true;
  }
  const last = simulation.state?.lines.findLast((l) => l.step > 0);
  if (!last) return false;
  await simulation.rewind(last.step - 1);
  await simulation.debug(debug?.everyNode ?? false, [...new Set([...breakpoints, node])]);
  await simulation.say(last.sender, last.text, [...last.mentions], last.group);
  await simulation.debug(debug?.everyNode ?? false, [...breakpoints]);
  return true;
}
