import { type Doc, edgeId, portOf } from "./doc";
import { folded } from "./fold";

/** Shown is a wire as it is drawn: from and to what is drawn of its ends. */
export interface Shown {
  id: string;
  /** Edges that it stands for; more than one where a collapsed frame hides where they begin. */
  edges: string[];
  from: string;
  port: string;
  to: string;
}

const known = new WeakMap<Doc, Shown[]>();

/** shownWires are the wires that are not wholly within a collapsed frame. What leads from one frame to one thing is one wire. */
export function shownWires(doc: Doc): Shown[] {
  const before = known.get(doc);
  if (before) return before;
  const hidden = folded(doc);
  const wires = new Map<string, Shown>();
  for (const e of doc.definition.edges) {
    const [from, to] = [hidden.get(e.from), hidden.get(e.to)];
    if (from !== undefined && from === to) continue;
    const end = to ?? e.to;
    const id = from === undefined ? edgeId(e) : `${from}>${end}`;
    const same = wires.get(id);
    if (same) same.edges.push(edgeId(e));
    else wires.set(id, { id, edges: [edgeId(e)], from: from ?? e.from, port: from ? "out" : portOf(e), to: end });
  }
  const all = [...wires.values()];
  known.set(doc, all);
  return all;
}
