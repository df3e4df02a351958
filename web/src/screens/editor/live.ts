import { equals } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { useMemo, useRef } from "react";
import type { Doc } from "@/graph/doc";

const same = new WeakMap<Node, WeakMap<Node, boolean>>();

function alike(a: Node, b: Node): boolean {
  let known = same.get(a);
  if (!known) {
    known = new WeakMap();
    same.set(a, known);
  }
  let answer = known.get(b);
  if (answer === undefined) {
    answer = equals(NodeSchema, a, b);
    known.set(b, answer);
  }
  return answer;
}

/** useUnpublished are the nodes that differ from the live version, new ones included; none while nothing is live. */
export function useUnpublished(doc: Doc, name: string, live: number): ReadonlySet<string> {
  const { data } = useQuery(
    FlowService.method.getFlowVersion,
    { name: `${name}/versions/${live}` },
    { enabled: live > 0, staleTime: Number.POSITIVE_INFINITY },
  );
  const definition = data?.flowVersion?.definition;
  const { nodes } = doc.definition;
  const last = useRef<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const found = new Set<string>();
    if (!definition) {
      last.current = found;
      return found;
    }
    const live = new Map(definition.nodes.map((n) => [n.id, n]));
    for (const node of nodes) {
      const old = live.get(node.id);
      if (!old || !alike(old, node)) found.add(node.id);
    }
    // While one types in a node that differs already, nothing that shows this set has to look again.
    const before = last.current;
    if (before.size !== found.size || [...found].some((id) => !before.has(id))) last.current = found;
    return last.current;
  }, [definition, nodes]);
}
