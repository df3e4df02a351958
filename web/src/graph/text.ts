import { create, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FlowLayoutSchema, NodePositionSchema } from "@gen/flowdesk/v1/definition_pb";
import { type Doc, edge } from "./doc";
import { freshId, type Spot } from "./edit";
import { places } from "./layout";

const schema = "flowdesk.v1/nodes";

/** copyText writes nodes, the edges among them and their places as text that can be pasted into another flow, a chat or a file. */
export function copyText(doc: Doc, ids: ReadonlySet<string>): string {
  const spots = places(doc);
  const definition = create(FlowDefinitionSchema, {
    title: doc.definition.title,
    nodes: doc.definition.nodes.filter((n) => ids.has(n.id)),
    edges: doc.definition.edges.filter((e) => ids.has(e.from) && ids.has(e.to)),
  });
  const layout = create(FlowLayoutSchema, {
    positions: [...ids].flatMap((node) => (spots.has(node) ? [{ node, ...spots.get(node) }] : [])),
  });
  return JSON.stringify(
    {
      schema,
      version: 1,
      definition: toJson(FlowDefinitionSchema, definition),
      layout: toJson(FlowLayoutSchema, layout),
    },
    null,
    2,
  );
}

/** pasteText reads such a text, or a whole flow as JSON, and puts its nodes under new ids near a place. It gives null for other texts. */
export function pasteText(doc: Doc, text: string, at: Spot): { doc: Doc; ids: Set<string> } | null {
  const read = readText(text);
  if (!read) return null;
  const names = new Map<string, string>();
  let next = doc;
  for (const node of read.definition.nodes) {
    const id = freshId(next, node.id);
    names.set(node.id, id);
    next = { ...next, definition: { ...next.definition, nodes: [...next.definition.nodes, { ...node, id }] } };
  }
  const edges = read.definition.edges.flatMap((e) => {
    const from = names.get(e.from);
    const to = names.get(e.to);
    return from && to ? [edge(from, e.port, to)] : [];
  });
  const spots = places(read);
  const left = Math.min(...[...spots.values()].map((s) => s.x));
  const top = Math.min(...[...spots.values()].map((s) => s.y));
  const positions = [...spots].map(([node, s]) =>
    create(NodePositionSchema, { node: names.get(node) ?? node, x: s.x - left + at.x, y: s.y - top + at.y }),
  );
  return {
    ids: new Set(names.values()),
    doc: {
      definition: { ...next.definition, edges: [...next.definition.edges, ...edges] },
      layout: { ...next.layout, positions: [...next.layout.positions, ...positions] },
    },
  };
}

function readText(text: string): Doc | null {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const body = value as JsonObject;
  const definition = "definition" in body ? body.definition : body;
  if (typeof definition !== "object" || definition === null || !("nodes" in definition)) return null;
  try {
    const options = { ignoreUnknownFields: true };
    return {
      definition: fromJson(FlowDefinitionSchema, definition as JsonValue, options),
      layout: body.layout ? fromJson(FlowLayoutSchema, body.layout, options) : create(FlowLayoutSchema),
    };
  } catch {
    return null;
  }
}
