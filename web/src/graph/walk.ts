import { type Doc, nodeOf, portOf } from "./doc";
import { kindOf, portsOf } from "./kinds";
import { inOrder } from "./order";

/** Way is where one goes from a node. */
export type Way = "up" | "down" | "left" | "right";

const after = (doc: Doc, id: string) => doc.definition.edges.filter((e) => e.from === id).map((e) => e.to);
const before = (doc: Doc, id: string) => doc.definition.edges.filter((e) => e.to === id).map((e) => e.from);

/** walk finds the node before, behind, or beside another. */
export function walk(doc: Doc, from: string | undefined, way: Way): string | undefined {
  if (!from || !nodeOf(doc, from)) return inOrder(doc)[0]?.id;
  if (way === "right") return after(doc, from)[0];
  if (way === "left") return before(doc, from)[0];
  const parent = before(doc, from)[0];
  const siblings = parent ? [...new Set(after(doc, parent))] : doc.definition.nodes.map((n) => n.id);
  return siblings[(siblings.indexOf(from) + (way === "down" ? 1 : siblings.length - 1)) % siblings.length];
}

/** next is the node that comes next in the order of the run, or the one before; nothing at the ends. */
export function next(doc: Doc, from: string | undefined, back: boolean): string | undefined {
  const order = inOrder(doc).map((n) => n.id);
  const at = from ? order.indexOf(from) : -1;
  return back ? order[at - 1] : order[at + 1];
}

/** reach are some nodes with everything that leads to them, or that they lead to. */
export function reach(doc: Doc, from: ReadonlySet<string>, way: "left" | "right"): Set<string> {
  const found = new Set(from);
  const queue = [...from];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const other of way === "right" ? after(doc, id) : before(doc, id)) {
      if (found.has(other)) continue;
      found.add(other);
      queue.push(other);
    }
  }
  return found;
}

/** targets are the nodes that a wire can lead to, with their names: all but triggers. */
export function targets(doc: Doc): { id: string; name: string }[] {
  return doc.definition.nodes.flatMap((n) => (kindOf(n)?.spec.trigger ? [] : [{ id: n.id, name: n.name || n.id }]));
}

/** freePort is a node's first output that leads nowhere. */
export function freePort(doc: Doc, id: string): { node: string; port: string } | undefined {
  const node = nodeOf(doc, id);
  if (!node) return undefined;
  const taken = new Set(doc.definition.edges.filter((e) => e.from === id).map(portOf));
  const free = portsOf(node).find((p) => !taken.has(p.name));
  return free ? { node: id, port: free.name } : undefined;
}
