import type { DescField, DescMessage, DescOneof, JsonObject, Message } from "@bufbuild/protobuf";
import { toJson } from "@bufbuild/protobuf";
import { type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { registry } from "@/api/registry";

/** mergeNode brings two changes of one node together when they are of different fields; nothing when one field was changed by both. */
export function mergeNode(base: Node, mine: Node, theirs: Node): Node | undefined {
  const arms = new Set([base, mine, theirs].map((n) => n.config.case));
  if (arms.size > 1) return undefined;
  const node = fields(NodeSchema, { ...base }, { ...mine }, { ...theirs }, new Set(["config"]));
  const [b, m, t] = [base.config.value, mine.config.value, theirs.config.value];
  const desc = b && registry.getMessage(b.$typeName);
  if (!node || !b || !m || !t || !desc) return undefined;
  const value = fields(desc, b, m, t);
  return value && ({ ...node, config: { case: mine.config.case, value } } as Node);
}

// The fields of a message, each from the side that changed it. A oneof counts as one field.
function fields<T extends Message>(desc: DescMessage, b: T, m: T, t: T, skip?: ReadonlySet<string>): T | undefined {
  const [was, my, their] = [b, m, t].map((of) => toJson(desc, of, { registry }) as JsonObject) as [
    JsonObject,
    JsonObject,
    JsonObject,
  ];
  const said = (json: JsonObject, member: DescField | DescOneof) =>
    JSON.stringify((member.kind === "oneof" ? member.fields : [member]).map((f) => json[f.jsonName] ?? null));
  const next = { ...m } as Record<string, unknown>;
  for (const member of desc.members) {
    if (skip?.has(member.localName)) continue;
    const [before, own, other] = [said(was, member), said(my, member), said(their, member)];
    if (own !== before && other !== before && own !== other) return undefined;
    if (own === before) next[member.localName] = (t as Record<string, unknown>)[member.localName];
  }
  return next as T;
}
