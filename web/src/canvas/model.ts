import type { Node as FlowNode, Frame } from "@gen/flowdesk/v1/definition_pb";
import type { ChangeKind } from "@gen/flowdesk/v1/flow_service_pb";
import type { Edge, Node } from "@xyflow/react";
import { type Doc, portOf } from "@/graph/doc";
import { folded, foldedPort, foldedSize } from "@/graph/fold";
import { failed, type Kind, type Port } from "@/graph/kinds";
import { places } from "@/graph/layout";
import type { Point, Wiring } from "@/graph/route";
import type { Plan, Routes } from "@/graph/routes";
import { type Box, entryY, handles, nodeHeight, nodeWidth, portY } from "@/graph/size";
import { errorPort, faceOf } from "@/graph/summary";
import { shownWires } from "@/graph/wires";
import type { Language } from "@/i18n";

/** Run is what a run did at a node. */
export interface Run {
  state: "done" | "waiting" | "failed";
  visits: number;
  ms: number;
}

/** Overlay shows a run on the canvas: what it did at nodes, and the edges that it took. */
export interface Overlay {
  nodes: ReadonlyMap<string, Run>;
  edges: ReadonlySet<string>;
}

/** Marks are what a node carries besides its own: findings, and how it differs from another version. */
export interface Marks {
  errors: number;
  warnings: number;
  change?: ChangeKind | undefined;
  /** It differs from what is live. */
  unpublished?: boolean | undefined;
  /** Trials give its pinned output instead of running it. */
  pinned?: boolean | undefined;
  /** Trials stop ahead of it. */
  breakpoint?: boolean | undefined;
  /** Who else is at it right now. */
  person?: string | undefined;
}

/** NodeData is what a node on the canvas shows. */
export interface NodeData extends Record<string, unknown> {
  node: FlowNode;
  kind: Kind | undefined;
  ports: Port[];
  wired: string;
  lines: string[];
  marks: Marks | undefined;
  run: Run | undefined;
  dim: boolean;
  spotlight: boolean | undefined;
}

/** FrameData is what a frame shows. */
export interface FrameData extends Record<string, unknown> {
  title: string;
  color: string;
  readOnly: boolean;
  /** Nodes and errors that a collapsed frame hides; nothing where it is open. */
  hides: { nodes: number; errors: number } | undefined;
}

export type CanvasNode =
  | Node<NodeData, "flow">
  | Node<FrameData, "frame">
  | Node<{ text: string; color: string; readOnly: boolean }, "note">;
export type CanvasEdge = Edge<{ taken: boolean; dim: boolean; way: readonly Point[] | undefined }, "wire">;

// What nobody has looked at yet has its size too: the canvas would leave it out when it fits everything in.
const sized = (width: number, height: number) => ({ width, height, measured: { width, height } });

const wiredPorts = (doc: Doc) => {
  const wired = new Map<string, string>();
  for (const e of doc.definition.edges) {
    const others = wired.get(e.from);
    wired.set(e.from, others ? `${others},${portOf(e)}` : portOf(e));
  }
  return wired;
};

/** Extras are what surrounds the document on the canvas. */
export interface Extras {
  lang: Language;
  marks: ReadonlyMap<string, Marks>;
  overlay?: Overlay | undefined;
  spotlight?: ReadonlySet<string> | undefined;
  readOnly: boolean;
  routes: Routes;
}

/** draw makes the canvas' nodes and edges of a document. Nodes that show the same as before are the same objects. */
export function draw(
  doc: Doc,
  extras: Extras,
  before: { nodes: readonly CanvasNode[]; edges: readonly CanvasEdge[] },
): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const spots = places(doc);
  const wired = wiredPorts(doc);
  const old = new Map(before.nodes.map((n) => [n.id, n]));
  const { overlay, spotlight, lang, readOnly } = extras;
  const hidden = folded(doc);
  const nodes: CanvasNode[] = doc.layout.frames
    .filter((f) => !hidden.has(f.id))
    .map((f) => ({
      ...drawFrame(f, readOnly, f.collapsed ? hides(doc, f.id, extras.marks) : undefined),
      selected: old.get(f.id)?.selected ?? false,
    }));
  for (const node of doc.definition.nodes) {
    if (hidden.has(node.id)) continue;
    const { kind, ports, lines } = faceOf(node, lang);
    const spot = spots.get(node.id) ?? { x: 0, y: 0 };
    const ownWired = wired.get(node.id) ?? "";
    const shown = withError(ports, ownWired);
    const data: NodeData = {
      node,
      kind,
      ports: shown,
      wired: ownWired,
      lines,
      marks: extras.marks.get(node.id),
      run: overlay?.nodes.get(node.id),
      dim: overlay !== undefined && !overlay.nodes.has(node.id),
      spotlight: spotlight?.has(node.id),
    };
    const last = old.get(node.id);
    if (last?.type === "flow" && last.position.x === spot.x && last.position.y === spot.y && sameData(last.data, data))
      nodes.push(last);
    else
      nodes.push({
        ...(last?.type === "flow" ? last : {}),
        id: node.id,
        type: "flow",
        position: spot,
        data,
        ...sized(nodeWidth, nodeHeight(lines.length, shown.length)),
        handles: handles(lines.length, shown, !kind?.spec.trigger),
      } as CanvasNode);
  }
  for (const n of doc.layout.notes)
    if (!hidden.has(n.id))
      nodes.push({
        id: n.id,
        type: "note",
        position: { x: n.x, y: n.y },
        data: { text: n.text, color: n.color, readOnly },
        ...sized(n.width, n.height),
        selected: old.get(n.id)?.selected ?? false,
      });
  return { nodes, edges: drawEdges(doc, extras, before.edges) };
}

function drawFrame(f: Frame, readOnly: boolean, hides: FrameData["hides"]): CanvasNode {
  const data = { title: f.title, color: f.color, readOnly, hides };
  const place = { id: f.id, type: "frame" as const, position: { x: f.x, y: f.y }, data };
  if (hides) {
    const { width, height } = foldedSize;
    const dot = { y: foldedPort, width: 0, height: 0 };
    const handles = [
      { ...dot, id: null, type: "target" as const, position: "left" as never, x: 0 },
      { ...dot, id: "out", type: "source" as const, position: "right" as never, x: width },
    ];
    return { ...place, ...sized(width, height), handles };
  }
  // Only its title takes hold of a frame: what is inside must stay within reach.
  const held = { style: { pointerEvents: "none" as const }, dragHandle: ".frame-title" };
  return { ...place, ...sized(f.width, f.height), zIndex: -1, ...held };
}

function hides(doc: Doc, frame: string, marks: Extras["marks"]): FrameData["hides"] {
  const hidden = folded(doc);
  const nodes = doc.definition.nodes.filter((n) => hidden.get(n.id) === frame);
  return { nodes: nodes.length, errors: nodes.reduce((sum, n) => sum + (marks.get(n.id)?.errors ?? 0), 0) };
}

function drawEdges(doc: Doc, { overlay, routes }: Extras, before: readonly CanvasEdge[]): CanvasEdge[] {
  const old = new Map(before.map((e) => [e.id, e]));
  const drawn = shownWires(doc).map((wire): CanvasEdge => {
    const { id, from, to } = wire;
    const taken = wire.edges.some((e) => overlay?.edges.has(e));
    const dim = overlay !== undefined && !taken;
    const way = routes.get(id);
    const last = old.get(id);
    if (last?.data && last.target === to && last.data.taken === taken && last.data.dim === dim && last.data.way === way)
      return last;
    return {
      id,
      source: from,
      sourceHandle: wire.port,
      target: to,
      type: "wire",
      // What stands for several wires is none that could be changed.
      selectable: id === wire.edges[0],
      // What was taken lies over what was not.
      zIndex: taken ? 1 : 0,
      data: { taken, dim, way },
    };
  });
  return drawn.length === before.length && drawn.every((e, i) => e === before[i]) ? (before as CanvasEdge[]) : drawn;
}

/** planOf is what is to be led around what: all that is drawn where it stands, and the wires from port to node. */
export function planOf(doc: Doc): Plan {
  const spots = places(doc);
  const wired = wiredPorts(doc);
  const hidden = folded(doc);
  const boxes = new Map<string, Box>();
  const ports = new Map<string, Point>();
  const entries = new Map<string, Point>();
  for (const node of doc.definition.nodes) {
    if (hidden.has(node.id)) continue;
    const face = faceOf(node, "zh");
    const spot = spots.get(node.id) ?? { x: 0, y: 0 };
    const shown = withError(face.ports, wired.get(node.id) ?? "");
    boxes.set(node.id, { ...spot, width: nodeWidth, height: nodeHeight(face.lines.length, shown.length) });
    entries.set(node.id, { x: spot.x, y: spot.y + entryY });
    shown.forEach((port, i) => {
      ports.set(`${node.id}:${port.name}`, { x: spot.x + nodeWidth, y: spot.y + portY(face.lines.length, i) });
    });
  }
  for (const { id, x, y, collapsed } of doc.layout.frames) {
    if (!collapsed || hidden.has(id)) continue;
    boxes.set(id, { x, y, ...foldedSize });
    entries.set(id, { x, y: y + foldedPort });
    ports.set(`${id}:out`, { x: x + foldedSize.width, y: y + foldedPort });
  }
  const wires = shownWires(doc).flatMap((w): Wiring[] => {
    const [from, to] = [ports.get(`${w.from}:${w.port}`), entries.get(w.to)];
    return from && to ? [{ id: w.id, from, to, net: w.to }] : [];
  });
  return { boxes, wires };
}

function withError(ports: Port[], wired: string): Port[] {
  return wired.split(",").includes(failed) && !ports.some((p) => p.name === failed) ? [...ports, errorPort] : ports;
}

function sameData(a: NodeData, b: NodeData): boolean {
  return (
    a.node === b.node &&
    a.wired === b.wired &&
    a.dim === b.dim &&
    a.spotlight === b.spotlight &&
    a.lines === b.lines &&
    (a.marks === b.marks || JSON.stringify(a.marks) === JSON.stringify(b.marks)) &&
    (a.run === b.run || JSON.stringify(a.run) === JSON.stringify(b.run))
  );
}
