import { fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FlowLayoutSchema, type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import type { Doc } from "@/graph/doc";

// What is not saved yet is kept in the browser, with what it began from, so that a crash or a lost network loses nothing.

const key = (name: string) => `flowdesk.draft.${name}`;

interface Entry {
  base: [JsonValue, JsonValue];
  mine: [JsonValue, JsonValue];
}

const written = new WeakMap<Node, JsonValue>();

// A node that was written before is not written again: at each pause in typing one node is new.
function nodeJson(node: Node): JsonValue {
  let json = written.get(node);
  if (json === undefined) {
    json = toJson(NodeSchema, node);
    written.set(node, json);
  }
  return json;
}

const write = (doc: Doc): [JsonValue, JsonValue] => [
  {
    ...(toJson(FlowDefinitionSchema, { ...doc.definition, nodes: [] }) as JsonObject),
    nodes: doc.definition.nodes.map(nodeJson),
  },
  toJson(FlowLayoutSchema, doc.layout),
];
const read = ([definition, layout]: [JsonValue, JsonValue]): Doc => ({
  definition: fromJson(FlowDefinitionSchema, definition),
  layout: fromJson(FlowLayoutSchema, layout),
});

/** remember keeps unsaved work. A full or forbidden store is no reason to stop working. */
export function remember(name: string, base: Doc, mine: Doc): void {
  try {
    localStorage.setItem(key(name), JSON.stringify({ base: write(base), mine: write(mine) } satisfies Entry));
  } catch {
    // The server still gets it.
  }
}

/** recall gives unsaved work of an earlier visit. */
export function recall(name: string): { base: Doc; mine: Doc } | undefined {
  try {
    const text = localStorage.getItem(key(name));
    if (!text) return undefined;
    const entry = JSON.parse(text) as Entry;
    return { base: read(entry.base), mine: read(entry.mine) };
  } catch {
    forget(name);
    return undefined;
  }
}

/** forget drops what has been saved. */
export function forget(name: string): void {
  localStorage.removeItem(key(name));
}
