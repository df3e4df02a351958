import { create } from "@bufbuild/protobuf";
import {
  type FlowDefinition,
  type FlowLayout,
  FrameSchema,
  type Node,
  NodeMode,
  NodePositionSchema,
  NodeSchema,
  StickyNoteSchema,
} from "@gen/flowdesk/v1/definition_pb";
import { type Doc, edge, nodeOf, portOf, withDefinition, withLayout } from "./doc";
import { type Kind, kindOf, portsOf } from "./kinds";

/** Spot is a place on the canvas. */
export interface Spot {
  x: number;
  y: number;
}

/** freshId is an id that no node of the document has yet. */
export function freshId(doc: Doc, wish: string): string {
  const taken = new Set(doc.definition.nodes.map((n) => n.id));
  const base =
    wish
      .toLowerCase()
      .replace(/[^a-z0-9_]/g, "_")
      .replace(/^[^a-z]+/, "")
      .slice(0, 50) || "node";
  if (!taken.has(base)) return base;
  for (let i = 2; ; i++) if (!taken.has(`${base}_${i}`)) return `${base}_${i}`;
}

const snake = (arm: string) => arm.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** addNode puts a node of a type on the canvas. With after it is connected to that node's free port, if it has one. */
export function addNode(
  doc: Doc,
  kind: Kind,
  at: Spot,
  after?: { node: string; port: string },
): { doc: Doc; id: string } {
  const id = freshId(doc, snake(kind.arm));
  const node = create(NodeSchema, { id, config: { case: kind.arm, value: create(kind.config) } as Node["config"] });
  let next = withDefinition(doc, { nodes: [...doc.definition.nodes, node] });
  next = place(next, id, at);
  if (after && whyNotConnect(next, after.node, after.port, id) === undefined)
    next = connect(next, after.node, after.port, id);
  return { doc: next, id };
}

/** place moves one node. */
export function place(doc: Doc, node: string, at: Spot): Doc {
  return moveNodes(doc, new Map([[node, at]]));
}

/** moveNodes moves nodes on the 8-unit grid. */
export function moveNodes(doc: Doc, spots: ReadonlyMap<string, Spot>): Doc {
  const kept = doc.layout.positions.filter((p) => !spots.has(p.node));
  const moved = [...spots].map(([node, { x, y }]) =>
    create(NodePositionSchema, { node, x: Math.round(x / 8) * 8, y: Math.round(y / 8) * 8 }),
  );
  return withLayout(doc, { positions: [...kept, ...moved] });
}

/** Refusal is why two ports cannot be joined. */
export type Refusal = "self" | "trigger" | "noNode" | "noPort";

/** whyNotConnect tells why an edge cannot be, or undefined when it can. */
export function whyNotConnect(doc: Doc, from: string, port: string, to: string): Refusal | undefined {
  const source = nodeOf(doc, from);
  const target = nodeOf(doc, to);
  if (!source || !target) return "noNode";
  if (from === to) return "self";
  if (kindOf(target)?.spec.trigger) return "trigger";
  if (port !== "error" && !portsOf(source).some((p) => p.name === port)) return "noPort";
  return undefined;
}

/** connect leads a port to a node; the edge that the port had before is replaced. */
export function connect(doc: Doc, from: string, port: string, to: string): Doc {
  const kept = doc.definition.edges.filter((e) => !(e.from === from && portOf(e) === port));
  return withDefinition(doc, { edges: [...kept, edge(from, port, to)] });
}

/** disconnect removes the edges of ports, named node:port. */
export function disconnect(doc: Doc, ids: ReadonlySet<string>): Doc {
  return withDefinition(doc, { edges: doc.definition.edges.filter((e) => !ids.has(`${e.from}:${portOf(e)}`)) });
}

/** splice puts a new node into an edge. */
export function splice(
  doc: Doc,
  kind: Kind,
  from: string,
  port: string,
  to: string,
  at: Spot,
): { doc: Doc; id: string } {
  const added = addNode(doc, kind, at, { node: from, port });
  const node = nodeOf(added.doc, added.id);
  const out = node && portsOf(node)[0]?.name;
  return { id: added.id, doc: out ? connect(added.doc, added.id, out, to) : added.doc };
}

/** removeNodes removes nodes and their edges; with heal a node with one way in and one way out leaves its wire whole. */
export function removeNodes(doc: Doc, ids: ReadonlySet<string>, heal = false): Doc {
  let edges = doc.definition.edges;
  if (heal) {
    for (const id of ids) {
      const into = edges.filter((e) => e.to === id);
      const out = edges.filter((e) => e.from === id);
      const next = out[0];
      if (out.length === 1 && next)
        edges = [...edges, ...into.map((e) => edge(e.from, portOf(e), next.to))].filter((e) => e.to !== id);
    }
  }
  return {
    definition: {
      ...doc.definition,
      nodes: doc.definition.nodes.filter((n) => !ids.has(n.id)),
      edges: edges.filter((e) => !ids.has(e.from) && !ids.has(e.to)),
    },
    layout: {
      ...doc.layout,
      positions: doc.layout.positions.filter((p) => !ids.has(p.node)),
      frames: doc.layout.frames.filter((f) => !ids.has(f.id)),
      notes: doc.layout.notes.filter((n) => !ids.has(n.id)),
    },
  };
}

/** changeNode replaces fields of one node. Edges of ports that its new config no longer has go with them. */
export function changeNode(doc: Doc, id: string, change: Partial<Node>): Doc {
  const nodes = doc.definition.nodes.map((n) => (n.id === id ? { ...n, ...change } : n));
  const changed = nodes.find((n) => n.id === id);
  let { edges } = doc.definition;
  if (changed && change.config && kindOf(changed)?.spec.dynamicPorts) {
    const before = nodeOf(doc, id);
    const had = new Set(before ? portsOf(before).map((p) => p.name) : []);
    const has = new Set(portsOf(changed).map((p) => p.name));
    const gone = [...had].filter((p) => !has.has(p));
    const come = [...has].filter((p) => !had.has(p));
    edges = edges.flatMap((e) => {
      if (e.from !== id || !gone.includes(portOf(e))) return [e];
      // One port that got another name keeps its edge.
      return gone.length === 1 && come.length === 1 && come[0] ? [edge(e.from, come[0], e.to)] : [];
    });
  }
  return withDefinition(doc, { nodes, edges });
}

/** setMode lets nodes run, be skipped, or end runs ahead of them. */
export function setMode(doc: Doc, ids: ReadonlySet<string>, mode: NodeMode): Doc {
  const nodes = doc.definition.nodes.map((n) => (ids.has(n.id) && n.mode !== mode ? { ...n, mode } : n));
  return withDefinition(doc, { nodes });
}

/** toggleMode skips nodes, or lets them run again when none of them does. Triggers stay as they are. */
export function toggleMode(doc: Doc, ids: ReadonlySet<string>): Doc {
  const chosen = doc.definition.nodes.filter((n) => ids.has(n.id) && !kindOf(n)?.spec.trigger);
  const runs = chosen.some((n) => n.mode === NodeMode.UNSPECIFIED);
  return setMode(doc, new Set(chosen.map((n) => n.id)), runs ? NodeMode.SKIPPED : NodeMode.UNSPECIFIED);
}

/** renameId gives a node another id, in edges and layout too. Expressions that name it are the author's to change. */
export function renameId(doc: Doc, id: string, wish: string): Doc {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(wish) || nodeOf(doc, wish)) return doc;
  return {
    definition: {
      ...doc.definition,
      nodes: doc.definition.nodes.map((n) => (n.id === id ? { ...n, id: wish } : n)),
      edges: doc.definition.edges.map((e) =>
        e.from === id || e.to === id ? edge(e.from === id ? wish : e.from, e.port, e.to === id ? wish : e.to) : e,
      ),
    },
    layout: { ...doc.layout, positions: doc.layout.positions.map((p) => (p.node === id ? { ...p, node: wish } : p)) },
  };
}

/** changeFlow replaces fields of the flow itself. */
export function changeFlow(doc: Doc, change: Partial<FlowDefinition>): Doc {
  return withDefinition(doc, change);
}

const freshMark = (taken: readonly { id: string }[], wish: string) => {
  let i = taken.length + 1;
  while (taken.some((t) => t.id === `${wish}_${i}`)) i++;
  return `${wish}_${i}`;
};

/** addFrame draws a frame around a place. */
export function addFrame(doc: Doc, box: Spot & { width: number; height: number }, title: string): Doc {
  const id = freshMark(doc.layout.frames, "frame");
  return withLayout(doc, {
    frames: [...doc.layout.frames, create(FrameSchema, { id, title, color: "slate", ...box })],
  });
}

/** addNote sticks a note on the canvas. */
export function addNote(doc: Doc, at: Spot, text: string): Doc {
  const id = freshMark(doc.layout.notes, "note");
  return withLayout(doc, {
    notes: [
      ...doc.layout.notes,
      create(StickyNoteSchema, { id, text, color: "amber", ...at, width: 200, height: 120 }),
    ],
  });
}

/** changeMark replaces fields of a frame or note. */
export function changeMark(
  doc: Doc,
  id: string,
  change: Partial<FlowLayout["frames"][number]> & Partial<FlowLayout["notes"][number]>,
): Doc {
  const { $typeName: _, ...fields } = change;
  return withLayout(doc, {
    frames: doc.layout.frames.map((f) => (f.id === id ? { ...f, ...fields } : f)),
    notes: doc.layout.notes.map((n) => (n.id === id ? { ...n, ...fields } : n)),
  });
}
