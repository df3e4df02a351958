import { type Doc, nodeOf, portOf } from "./doc";
import { kindOf, portsOf } from "./kinds";

/** inOrder lists nodes as they run: from the triggers along the ports, each once, then what nothing leads to. */
export function inOrder(doc: Doc): { id: string; depth: number }[] {
  const seen = new Set<string>();
  const order: { id: string; depth: number }[] = [];
  const visit = (id: string, depth: number) => {
    if (seen.has(id)) return;
    seen.add(id);
    order.push({ id, depth });
    const node = nodeOf(doc, id);
    const wires = doc.definition.edges.filter((e) => e.from === id);
    const rank = new Map((node ? portsOf(node) : []).map((p, i) => [p.name, i]));
    wires.sort((a, b) => (rank.get(portOf(a)) ?? 99) - (rank.get(portOf(b)) ?? 99));
    for (const wire of wires) visit(wire.to, wires.length > 1 ? depth + 1 : depth);
  };
  for (const node of doc.definition.nodes) if (kindOf(node)?.spec.trigger) visit(node.id, 0);
  for (const node of doc.definition.nodes) visit(node.id, 0);
  return order;
}
