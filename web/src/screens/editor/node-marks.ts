import { type Diagnostic, Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import { useMemo } from "react";
import type { Marks } from "@/canvas/model";
import type { Trial } from "@/graph/trial";

/** useMarks puts together what nodes carry: findings, what differs from live, how they are tried, and who is at them. */
export function useMarks(
  diagnostics: readonly Diagnostic[],
  unpublished: ReadonlySet<string>,
  trial: Trial,
  people: ReadonlyMap<string, string>,
): ReadonlyMap<string, Marks> {
  const { pins, breakpoints } = trial;
  return useMemo(() => {
    const all = new Map<string, Marks>();
    const mark = (id: string): Marks => {
      let marks = all.get(id);
      if (!marks) {
        marks = { errors: 0, warnings: 0 };
        all.set(id, marks);
      }
      return marks;
    };
    for (const f of diagnostics) {
      if (!f.node) continue;
      if (f.severity === Severity.ERROR) mark(f.node).errors++;
      else mark(f.node).warnings++;
    }
    for (const id of unpublished) mark(id).unpublished = true;
    for (const pin of pins) mark(pin.node).pinned = true;
    for (const id of breakpoints) mark(id).breakpoint = true;
    for (const [id, person] of people) mark(id).person = person;
    return all;
  }, [diagnostics, unpublished, pins, breakpoints, people]);
}
