import type { DescMessage } from "@bufbuild/protobuf";
import { registry } from "@/api/registry";
import type { Scope } from "@/forms/suggest";
import type { Doc } from "@/graph/doc";
import { kindOf } from "@/graph/kinds";

const message = (name: string): DescMessage | string => registry.getMessage(`flowdesk.v1.${name}`) ?? name;

/** scopeOf are the names that an expression of a node can read: the view, the flow's variables, and outputs of nodes before it. */
export function scopeOf(doc: Doc, node: string): Scope {
  const outputs = new Map<string, DescMessage | string>();
  const before = upstream(doc, node);
  for (const other of doc.definition.nodes) {
    const kind = kindOf(other);
    if (kind && (node === "" || before.has(other.id))) outputs.set(other.id, message(`${kind.config.name}Output`));
  }
  return new Map<string, DescMessage | string | Map<string, DescMessage | string>>([
    ["event", message("Event")],
    ["session", message("SessionState")],
    ["env", message("Environment")],
    ["now", "timestamp"],
    ["nodes", outputs],
    ["maybe", outputs],
    ["vars", new Map(doc.definition.variables.map((v) => [v.name, "variable"]))],
    ...[
      "Role",
      "Intent",
      "Priority",
      "Presence",
      "TaskState",
      "TaskOrigin",
      "TaskKind",
      "AlertLevel",
      "Polarity",
      "Urgency",
    ].map((name) => [name, enumNames(name)] as [string, Map<string, string>]),
  ]);
}

function enumNames(name: string): Map<string, string> {
  return new Map(registry.getEnum(`flowdesk.v1.${name}`)?.values.map((v) => [v.name, name]));
}

function upstream(doc: Doc, node: string): Set<string> {
  const found = new Set<string>();
  const queue = [node];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const e of doc.definition.edges) {
      if (e.to === id && !found.has(e.from)) {
        found.add(e.from);
        queue.push(e.from);
      }
    }
  }
  return found;
}
