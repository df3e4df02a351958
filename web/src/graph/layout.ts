import { layout as dagre, Graph } from "@dagrejs/dagre";
import type { Doc } from "./doc";
import type { Spot } from "./edit";
import { failed } from "./kinds";
import { extentOf } from "./summary";

/** tidy lays nodes out from left to right, in the order of their ports. It gives places and changes nothing. */
export function tidy(doc: Doc, only?: ReadonlySet<string>): Map<string, Spot> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 32, ranksep: 96, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  const nodes = doc.definition.nodes.filter((n) => !only || only.has(n.id));
  for (const node of nodes)
    graph.setNode(
      node.id,
      extentOf(
        node,
        doc.definition.edges.some((e) => e.from === node.id && e.port === failed),
      ),
    );
  const known = new Set(nodes.map((n) => n.id));
  for (const e of doc.definition.edges) if (known.has(e.from) && known.has(e.to)) graph.setEdge(e.from, e.to);
  dagre(graph);
  const corner = only ? cornerOf(doc, only) : { x: 0, y: 0 };
  const spots = nodes.map((node) => {
    const { x, y, width, height } = graph.node(node.id) as { x: number; y: number; width: number; height: number };
    return [node.id, { x: x - width / 2, y: y - height / 2 }] as const;
  });
  const left = Math.min(...spots.map(([, s]) => s.x));
  const top = Math.min(...spots.map(([, s]) => s.y));
  return new Map(
    spots.map(([id, s]) => [
      id,
      { x: Math.round((s.x - left + corner.x) / 8) * 8, y: Math.round((s.y - top + corner.y) / 8) * 8 },
    ]),
  );
}

function cornerOf(doc: Doc, only: ReadonlySet<string>): Spot {
  const spots = doc.layout.positions.filter((p) => only.has(p.node));
  if (spots.length === 0) return { x: 0, y: 0 };
  return { x: Math.min(...spots.map((p) => p.x)), y: Math.min(...spots.map((p) => p.y)) };
}

/** places are where all nodes stand: their own places, and for nodes without one what a tidy layout gives. */
export function places(doc: Doc): ReadonlyMap<string, Spot> {
  const known = stood.get(doc);
  if (known) return known;
  const { nodes, edges } = doc.definition;
  const ids = nodes.map((n) => n.id).join();
  // Other words in a node move nothing: what stands without a place of its own stays where it was.
  const before = recent.find((r) => r.edges === edges && r.positions === doc.layout.positions && r.ids === ids);
  const spots = before?.spots ?? standing(doc);
  if (!before) recent = [{ ids, edges, positions: doc.layout.positions, spots }, ...recent.slice(0, 3)];
  stood.set(doc, spots);
  return spots;
}

const stood = new WeakMap<Doc, Map<string, Spot>>();
let recent: { ids: string; edges: unknown; positions: unknown; spots: Map<string, Spot> }[] = [];

function standing(doc: Doc): Map<string, Spot> {
  const own = new Map(doc.layout.positions.map((p) => [p.node, { x: p.x, y: p.y }]));
  if (doc.definition.nodes.every((n) => own.has(n.id))) return own;
  if (own.size === 0) return tidy(doc);
  const missing = new Set(doc.definition.nodes.filter((n) => !own.has(n.id)).map((n) => n.id));
  const below = Math.max(...[...own.values()].map((s) => s.y)) + 160;
  const left = Math.min(...[...own.values()].map((s) => s.x));
  for (const [id, spot] of tidy(doc, missing)) own.set(id, { x: spot.x + left, y: spot.y + below });
  return own;
}
