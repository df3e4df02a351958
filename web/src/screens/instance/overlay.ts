import { durationMs } from "@bufbuild/protobuf/wkt";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import type { Overlay, Run } from "@/canvas/model";
import { type Doc, edgeId, portOf } from "@/graph/doc";
import { failed } from "@/graph/kinds";

/** overlayOf is a run as the canvas shows it: what each node did, and the edges that were taken. A run that is held waits ahead of its last step. */
export function overlayOf(doc: Doc, steps: readonly TraceStep[], held = false): Overlay {
  const nodes = new Map<string, Run>();
  const edges = new Set<string>();
  for (const [i, step] of steps.entries()) {
    const ahead = held && i === steps.length - 1;
    const before = nodes.get(step.node);
    const ms = step.duration ? durationMs(step.duration) : 0;
    const waits = ahead || (step.port === "" && step.waitingFor.length > 0);
    const state = step.error ? "failed" : waits ? "waiting" : "done";
    nodes.set(step.node, { state, visits: Math.max(before?.visits ?? 0, step.visit || 1), ms: (before?.ms ?? 0) + ms });
    if (ahead) break;
    const port = step.error && !step.port ? failed : step.port || "out";
    const wire = doc.definition.edges.find((e) => e.from === step.node && portOf(e) === port);
    if (wire) edges.add(edgeId(wire));
  }
  return { nodes, edges };
}
