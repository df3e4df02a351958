import type { Node as FlowNode } from "@gen/flowdesk/v1/definition_pb";
import type { ChangeKind } from "@gen/flowdesk/v1/flow_service_pb";
import type { Edge, Node } from "@xyflow/react";
import { enumLabel } from "@/api/labels";
import { type Doc, edgeId, portOf } from "@/graph/doc";
import { failed, type Kind, kindOf, type Port, portsOf, specOf } from "@/graph/kinds";
import { places, size } from "@/graph/layout";
import { type Language, pick } from "@/i18n";

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

export type CanvasNode =
  | Node<NodeData, "flow">
  | Node<{ title: string; color: string; readOnly: boolean }, "frame">
  | Node<{ text: string; color: string; readOnly: boolean }, "note">;
export type CanvasEdge = Edge<{ taken: boolean; dim: boolean }, "wire">;

/** summary are the lines that tell a config at a glance: its first set fields, at most three. */
export function summary(node: FlowNode, kind: Kind | undefined, lang: Language): string[] {
  if (!kind || !node.config.value) return [];
  const lines: string[] = [];
  const values = node.config.value as unknown as Record<string, unknown>;
  for (const field of kind.config.fields) {
    const value = field.oneof ? (values[field.oneof.localName] as { case?: string; value?: unknown }) : undefined;
    const own = field.oneof ? (value?.case === field.localName ? value.value : undefined) : values[field.localName];
    const label = pick(specOf(field)?.label, lang) || field.name;
    if (typeof own === "string" && own) lines.push(`${label} ${own}`);
    else if (typeof own === "number" && own !== 0)
      lines.push(`${label} ${field.fieldKind === "enum" ? enumLabel(field.enum, own, lang) : own}`);
    else if (Array.isArray(own) && own.length > 0)
      lines.push(typeof own[0] === "string" ? `${label} ${own.join("、")}` : `${label} ×${own.length}`);
    if (lines.length === 3) break;
  }
  return lines;
}

const wiredPorts = (doc: Doc) => {
  const wired = new Map<string, string[]>();
  for (const e of doc.definition.edges) wired.set(e.from, [...(wired.get(e.from) ?? []), portOf(e)]);
  return wired;
};

// What a node shows is made once for each node, so that a change of one draws one anew.
const cache = new WeakMap<
  FlowNode,
  { kind: Kind | undefined; ports: Port[]; lines: Partial<Record<Language, string[]>> }
>();

function known(node: FlowNode, lang: Language) {
  let entry = cache.get(node);
  if (!entry) {
    entry = { kind: kindOf(node), ports: portsOf(node), lines: {} };
    cache.set(node, entry);
  }
  entry.lines[lang] ??= summary(node, entry.kind, lang);
  return { kind: entry.kind, ports: entry.ports, lines: entry.lines[lang] ?? [] };
}

/** Extras are what surrounds the document on the canvas. */
export interface Extras {
  lang: Language;
  marks: ReadonlyMap<string, Marks>;
  overlay?: Overlay | undefined;
  spotlight?: ReadonlySet<string> | undefined;
  readOnly: boolean;
}

/** draw makes the canvas' nodes and edges of a document. Nodes that show the same as before are the same objects. */
export function draw(
  doc: Doc,
  extras: Extras,
  before: readonly CanvasNode[],
): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const spots = places(doc);
  const wired = wiredPorts(doc);
  const old = new Map(before.map((n) => [n.id, n]));
  const { overlay, spotlight, lang, readOnly } = extras;
  const nodes: CanvasNode[] = doc.layout.frames.map((f) => ({
    id: f.id,
    type: "frame",
    position: { x: f.x, y: f.y },
    data: { title: f.title, color: f.color, readOnly },
    width: f.width,
    height: f.height,
    zIndex: -1,
    selected: old.get(f.id)?.selected ?? false,
  }));
  for (const node of doc.definition.nodes) {
    const { kind, ports, lines } = known(node, lang);
    const spot = spots.get(node.id) ?? { x: 0, y: 0 };
    const ownWired = wired.get(node.id) ?? [];
    const shown = ownWired.includes(failed)
      ? [...ports, { name: failed, label: undefined, optional: true, later: false } as unknown as Port]
      : ports;
    const data: NodeData = {
      node,
      kind,
      ports: shown.length === ports.length ? ports : shown,
      wired: ownWired.join(),
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
        ...(last ? {} : size(shown.length)),
        width: 240,
      } as CanvasNode);
  }
  for (const n of doc.layout.notes)
    nodes.push({
      id: n.id,
      type: "note",
      position: { x: n.x, y: n.y },
      data: { text: n.text, color: n.color, readOnly },
      width: n.width,
      height: n.height,
      selected: old.get(n.id)?.selected ?? false,
    });
  const edges = doc.definition.edges.map((e): CanvasEdge => {
    const id = edgeId(e);
    const taken = overlay?.edges.has(id) ?? false;
    return {
      id,
      source: e.from,
      sourceHandle: portOf(e),
      target: e.to,
      type: "wire",
      data: { taken, dim: overlay !== undefined && !taken },
    };
  });
  return { nodes, edges };
}

function sameData(a: NodeData, b: NodeData): boolean {
  return (
    a.node === b.node &&
    a.wired === b.wired &&
    a.dim === b.dim &&
    a.spotlight === b.spotlight &&
    a.lines === b.lines &&
    JSON.stringify(a.marks) === JSON.stringify(b.marks) &&
    JSON.stringify(a.run) === JSON.stringify(b.run)
  );
}
