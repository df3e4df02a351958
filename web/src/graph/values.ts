import { type DescMessage, type JsonObject, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import type { DebugState } from "@gen/flowdesk/v1/simulation_pb";
import { registry } from "@/api/registry";
import { typeOf } from "@/forms/suggest";
import type { Doc } from "./doc";
import { kindOf } from "./kinds";
import { inOrder } from "./order";
import { reach } from "./walk";

/** Value is something that an expression can read: its path, its type, and what it is, as JSON, where a trial has shown it. */
export interface Value {
  path: string;
  type: string;
  json: string | undefined;
}

/** Values are the outputs of one node, or what else expressions read. */
export interface Values {
  /** Node whose outputs they are; empty for the event and the session. */
  node: string;
  root: "event" | "session" | "nodes";
  values: Value[];
}

const named = (name: string) => registry.getMessage(`flowdesk.v1.${name}`);

function fieldsOf(path: string, desc: DescMessage, message: Message | undefined): Value[] {
  const json = message ? (toJson(desc, message, { registry, useProtoFieldName: true }) as JsonObject) : undefined;
  const shown = (value: JsonValue | undefined) => (value === undefined ? "" : JSON.stringify(value));
  return desc.fields.map((f) => ({ path: `${path}.${f.name}`, type: typeOf(f), json: json && shown(json[f.name]) }));
}

/**
 * valuesFor lists what a node's expressions can read, or with no node everything, in the order in which the flow runs, with what a trial
 * gave. The event and the session are known while a turn is held.
 */
export function valuesFor(
  doc: Doc,
  node: string | undefined,
  steps: readonly TraceStep[],
  debug: DebugState | undefined,
): Values[] {
  const before = node === undefined ? undefined : reach(doc, new Set([node]), "left");
  const outputs = new Map<string, Message>();
  for (const step of steps) {
    const output = step.output && anyUnpack(step.output, registry);
    if (output) outputs.set(step.node, output);
  }
  const all: Values[] = [];
  for (const { id } of inOrder(doc)) {
    const kind = kindOf(doc.definition.nodes.find((n) => n.id === id) ?? noNode);
    const desc = kind && named(`${kind.config.name}Output`);
    if (!desc || desc.fields.length === 0 || (before && (id === node || !before.has(id)))) continue;
    all.push({ node: id, root: "nodes", values: fieldsOf(`nodes.${id}`, desc, outputs.get(id)) });
  }
  const [event, session] = [named("Event"), named("SessionState")];
  if (event) all.push({ node: "", root: "event", values: fieldsOf("event", event, debug?.event) });
  if (session) all.push({ node: "", root: "session", values: fieldsOf("session", session, debug?.session) });
  return all;
}

const noNode = { config: { case: undefined } } as Parameters<typeof kindOf>[0];

/** Use is where a variable of the flow is written and read. */
export interface Use {
  writers: string[];
  readers: string[];
}

/** usesOf finds the nodes that write a variable, and those whose config reads it. */
export function usesOf(doc: Doc, name: string): Use {
  const read = new RegExp(`\\bvars\\.${name}\\b`);
  const use: Use = { writers: [], readers: [] };
  for (const node of doc.definition.nodes) {
    const { value } = node.config;
    const desc = value && registry.getMessage(value.$typeName);
    if (!value || !desc) continue;
    const text = JSON.stringify(toJson(desc, value, { registry }));
    if (node.config.case === "set" && text.includes(`"${name}"`)) use.writers.push(node.id);
    if (read.test(text)) use.readers.push(node.id);
  }
  return use;
}
