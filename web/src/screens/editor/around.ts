import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { useMemo, useRef } from "react";
import type { FormContext } from "@/forms/context";
import { suggestFrom } from "@/forms/suggest";
import type { Doc } from "@/graph/doc";
import { scopeOf } from "./scope";

/**
 * useAround is what surrounds the form of a node, or of the flow where id is empty. It stays the same while letters are typed that concern
 * no other field, so that a form is not drawn anew for them: completions are found when somebody asks for one.
 */
export function useAround(
  doc: Doc,
  id: string,
  findings: readonly Diagnostic[],
  readOnly: boolean,
  focus: FormContext["focus"],
): FormContext {
  const latest = useRef(doc);
  latest.current = doc;
  const own = useMemo(() => findings.filter((f) => f.node === id), [findings, id]);
  // A node never names itself, so what it is called may change.
  const others = id === "" ? [] : doc.definition.nodes.filter((n) => n.id !== id);
  const called = others.map((n) => `${n.id} ${n.name}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names stand for the nodes
  const nodes = useMemo(() => others.map((n) => ({ id: n.id, name: n.name })), [called]);
  const suggest = useMemo<FormContext["suggest"]>(
    () => (before) => suggestFrom(scopeOf(latest.current, id))(before),
    [id],
  );
  return useMemo(() => ({ findings: own, suggest, nodes, readOnly, focus }), [own, suggest, nodes, readOnly, focus]);
}
