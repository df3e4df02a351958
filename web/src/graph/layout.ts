import { layout as dagre, Graph } from "@dagrejs/dagre";
import type { Doc } from "./doc";
import type { Spot } from "./edit";
import { failed } from "./kinds";
import type { Box } from "./size";
import { extentOf } from "./summary";

type Extent = Pick<Box, "width" | "height">;

/** arrange gives things places from left to right, one column for each step that leads on, beginning at the origin and on the grid. */
export function arrange(
  things: ReadonlyMap<string, Extent>,
  links: Iterable<readonly [string, string]>,
): Map<string, Spot> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 32, ranksep: 96, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  // The graph writes places into what it is given.
  for (const [id, { width, height }] of things) graph.setNode(id, { width, height });
  for (const [from, to] of links) if (from !== to && things.has(from) && things.has(to)) graph.setEdge(from, to);
  dagre(graph);
  const spots = [...things].map(([id, { width, height }]) => {
    const { x, y } = graph.node(id) as Spot;
    return [id, { x: x - width / 2, y: y - height / 2 }] as const;
  });
  const left = Math.min(...spots.map(([, s]) => s.x));
  const top = Math.min(...spots.map(([, s]) => s.y));
  return new Map(
    spots.map(([id, s]) => [id, { x: Math.round((s.x - left) / 8) * 8, y: Math.round((s.y - top) / 8) * 8 }]),
  );
}

/** extents are how wide and high nodes are drawn. */
export function extents(doc: Doc, only?: ReadonlySet<string>): Map<string, Extent> {
  const failing = new Set(doc.definition.edges.filter((e) => e.port === failed).map((e) => e.from));
  const nodes = doc.definition.nodes.filter((n) => !only || only.has(n.id));
  return new Map(nodes.map((n) => [n.id, extentOf(n, failing.has(n.id))]));
}

/** tidy lays nodes out from left to right. It gives places and changes nothing; some of them alone stay where the first of them stood. */
export function tidy(doc: Doc, only?: ReadonlySet<string>): Map<string, Spot> {
  const spots = arrange(
    extents(doc, only),
    doc.definition.edges.map((e) => [e.from, e.to]),
  );
  if (!only) return spots;
  const corner = cornerOf(doc, only);
  return new Map([...spots].map(([id, s]) => [id, { x: s.x + corner.x, y: s.y + corner.y }]));
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
