import { equals, toJson } from "@bufbuild/protobuf";
import { EdgeSchema, FlowDefinitionSchema, type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { type Doc, edgeId } from "./doc";
import { mergeNode } from "./merge-node";

/** Clash is one place that both sides changed differently. */
export interface Clash {
  /** Node id, edge id, or the field of the flow. */
  key: string;
  kind: "node" | "edge" | "flow";
  mine: unknown;
  theirs: unknown;
}

/** Merged is the outcome of a merge: the document with mine winning every clash, the same with theirs winning, and the clashes. */
export interface Merged {
  doc: Doc;
  clashes: Clash[];
}

/**
 * merge brings two documents together that both came from base, by stable node id, by port and by field of the flow. What one side
 * alone changed is taken; where both changed the same differently, prefer says whose stays, and the clash is listed so that nothing is
 * overwritten in silence.
 */
export function merge(
  base: Doc,
  mine: Doc,
  theirs: Doc,
  prefer: (key: string) => "mine" | "theirs" = () => "mine",
): Merged {
  const clashes: Clash[] = [];
  const nodes = parts(
    byKey(base.definition.nodes, (n) => n.id),
    byKey(mine.definition.nodes, (n) => n.id),
    byKey(theirs.definition.nodes, (n) => n.id),
    (a, b) => equals(NodeSchema, a, b),
    (n: Node) => toJson(NodeSchema, n),
    "node",
    clashes,
    prefer,
    mergeNode,
  );
  const edges = parts(
    byKey(base.definition.edges, edgeId),
    byKey(mine.definition.edges, edgeId),
    byKey(theirs.definition.edges, edgeId),
    (a, b) => equals(EdgeSchema, a, b),
    (e) => toJson(EdgeSchema, e),
    "edge",
    clashes,
    prefer,
  );
  const alive = new Set(nodes.map((n) => n.id));
  const flow = mergeFlow(base, mine, theirs, clashes, prefer);
  const positions = parts(
    byKey(base.layout.positions, (p) => p.node),
    byKey(mine.layout.positions, (p) => p.node),
    byKey(theirs.layout.positions, (p) => p.node),
    (a, b) => a.x === b.x && a.y === b.y,
    (p) => p,
    "node",
    [], // where a node stands is never worth a question: mine stays
    () => "mine",
  ).filter((p) => alive.has(p.node));
  return {
    clashes,
    doc: {
      definition: { ...flow, nodes, edges: edges.filter((e) => alive.has(e.from) && alive.has(e.to)) },
      layout: {
        ...mine.layout,
        positions,
        frames: marks(base.layout.frames, mine.layout.frames, theirs.layout.frames),
        notes: marks(base.layout.notes, mine.layout.notes, theirs.layout.notes),
      },
    },
  };
}

function byKey<T>(things: readonly T[], key: (thing: T) => string): Map<string, T> {
  return new Map(things.map((thing) => [key(thing), thing]));
}

// What is drawn around nodes is never worth a question: mine stays, and what one side removed the other does not bring back.
function marks<T extends { id: string }>(base: readonly T[], mine: readonly T[], theirs: readonly T[]): T[] {
  const [was, own, other] = [base, mine, theirs].map((list) => byKey(list, (t) => t.id)) as [
    Map<string, T>,
    Map<string, T>,
    Map<string, T>,
  ];
  return [...new Set([...other.keys(), ...own.keys()])].flatMap((id) => {
    const [b, m, t] = [was.get(id), own.get(id), other.get(id)];
    if (!m) return b || !t ? [] : [t];
    if (!t) return b ? [] : [m];
    const untouched = b !== undefined && JSON.stringify(b) === JSON.stringify(m);
    return [untouched ? t : m];
  });
}

function parts<T>(
  base: Map<string, T>,
  mine: Map<string, T>,
  theirs: Map<string, T>,
  same: (a: T, b: T) => boolean,
  show: (t: T) => unknown,
  kind: Clash["kind"],
  clashes: Clash[],
  prefer: (key: string) => "mine" | "theirs",
  within: (base: T, mine: T, theirs: T) => T | undefined = () => undefined,
): T[] {
  const alike = (a: T | undefined, b: T | undefined) => (a && b ? same(a, b) : a === b);
  const merged: T[] = [];
  for (const key of new Set([...theirs.keys(), ...mine.keys()])) {
    const [b, m, t] = [base.get(key), mine.get(key), theirs.get(key)];
    let taken = m;
    if (alike(m, b)) taken = t;
    else if (!alike(t, b) && !alike(m, t)) {
      const both = b && m && t && within(b, m, t);
      if (!both) clashes.push({ key, kind, mine: m && show(m), theirs: t && show(t) });
      taken = both ?? (prefer(key) === "mine" ? m : t);
    }
    if (taken) merged.push(taken);
  }
  return merged;
}

function mergeFlow(base: Doc, mine: Doc, theirs: Doc, clashes: Clash[], prefer: (key: string) => "mine" | "theirs") {
  const show = (doc: Doc) =>
    toJson(FlowDefinitionSchema, { ...doc.definition, nodes: [], edges: [] }) as Record<string, unknown>;
  const [b, m, t] = [show(base), show(mine), show(theirs)];
  const flow = { ...mine.definition };
  const take = <K extends keyof typeof flow>(key: K) => {
    flow[key] = theirs.definition[key];
  };
  for (const key of ["title", "description", "variables", "errorPolicy", "maxRepliesPerMessage", "priority"] as const) {
    const [was, my, their] = [b[key], m[key], t[key]].map((v) => JSON.stringify(v));
    if (my === was) take(key);
    else if (their !== was && their !== my) {
      clashes.push({ key, kind: "flow", mine: m[key], theirs: t[key] });
      if (prefer(key) === "theirs") take(key);
    }
  }
  return flow;
}
