import { create, type DescField, type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import {
  type FieldSpec,
  field as fieldOption,
  NodeFamily,
  type NodeSpec,
  node as nodeOption,
  type PortSpec,
  PortSpecSchema,
} from "@gen/flowdesk/v1/options_pb";
import { type Language, pick } from "@/i18n";

/** Arm is the member of a node's config that decides its kind. */
export type Arm = NonNullable<Node["config"]["case"]>;

/** Kind is one node type, as its descriptor tells it: a new type needs no code here. */
export interface Kind {
  arm: Arm;
  /** Name as the API writes it, such as DELAY_CONTROL. */
  name: string;
  spec: NodeSpec;
  config: DescMessage;
}

function read(): Kind[] {
  const configs = NodeSchema.oneofs.find((oneof) => oneof.name === "config");
  return (configs?.fields ?? []).flatMap((f) =>
    f.fieldKind === "message" && hasOption(f.message, nodeOption)
      ? [
          {
            arm: f.localName as Arm,
            name: f.name.toUpperCase(),
            spec: getOption(f.message, nodeOption),
            config: f.message,
          },
        ]
      : [],
  );
}

/** kinds are all node types in the order of the language. */
export const kinds: readonly Kind[] = read();

const byArm = new Map(kinds.map((kind) => [kind.arm as string, kind]));

/** kindOf is the type of a node. */
export function kindOf(node: Node): Kind | undefined {
  return byArm.get(node.config.case ?? "");
}

/** kindNamed is a type by its name in the API. */
export function kindNamed(name: string): Kind | undefined {
  return kinds.find((kind) => kind.name === name);
}

/** specOf is what a config field's descriptor says of it for people. */
export function specOf(f: DescField): FieldSpec | undefined {
  return hasOption(f, fieldOption) ? getOption(f, fieldOption) : undefined;
}

/** Port is one output of a node. */
export type Port = Pick<PortSpec, "name" | "label" | "optional" | "later">;

/** failed is the port that every node which can fail has besides its own. */
export const failed = "error";

/**
 * portsOf are the outputs of a node: its type's own, or, for types whose outputs come from their config, the values of the fields named
 * port, and then the fixed ones. The compiler has the same rule.
 */
export function portsOf(node: Node): Port[] {
  const kind = kindOf(node);
  if (!kind) return [];
  if (!kind.spec.dynamicPorts || kind.spec.planned || !node.config.value) return kind.spec.ports;
  const names: string[] = [];
  const titles = new Map<string, string>();
  let noElse = false;
  walk(kind.config, node.config.value, "", (desc, message, path) => {
    const r = reflect(desc, message);
    const withElse = desc.fields.find((f) => f.name === "with_else");
    if (withElse && !r.get(withElse)) noElse = true;
    const port = desc.fields.find((f) => f.name === "port");
    if (path === "" || !port || port.fieldKind !== "scalar") return;
    const name = r.get(port);
    if (typeof name !== "string" || !name || names.includes(name)) return;
    names.push(name);
    const title = desc.fields.find((f) => f.name === "title");
    const given = title?.fieldKind === "scalar" ? r.get(title) : "";
    if (typeof given === "string" && given) titles.set(name, given);
  });
  const own = names.map((name) => {
    const title = titles.get(name);
    return create(PortSpecSchema, title ? { name, label: { zh: title, en: title } } : { name });
  });
  const fixed = kind.spec.ports.filter((p) => !(noElse && p.name === "else") && !names.includes(p.name));
  return [...own, ...fixed];
}

function walk(
  desc: DescMessage,
  message: Message,
  path: string,
  visit: (desc: DescMessage, message: Message, path: string) => void,
) {
  visit(desc, message, path);
  const r = reflect(desc, message);
  for (const f of desc.fields) {
    if (!r.isSet(f)) continue;
    if (f.fieldKind === "message" && ours(f.message)) walk(f.message, r.get(f).message, `${path}.${f.name}`, visit);
    if (f.fieldKind === "list" && f.listKind === "message" && ours(f.message)) {
      for (const item of r.get(f)) walk(f.message, (item as { message: Message }).message, `${path}.${f.name}`, visit);
    }
  }
}

const ours = (desc: DescMessage) => desc.file.proto.package === "flowdesk.v1";

/** portLabel is what a port of a type is called; a port that comes from a config is called as it is, the port of failure nothing. */
export function portLabel(kind: string, port: string, lang: Language): string {
  const own = kindNamed(kind)?.spec.ports.find((p) => p.name === port);
  return pick(own?.label, lang) || (port === failed ? "" : port);
}

/** portTitle is what a port of a node is called in its flow, where a config gives ports titles of their own; without the node it is called as its type says. */
export function portTitle(nodes: readonly Node[], node: string, kind: string, port: string, lang: Language): string {
  const there = nodes.find((n) => n.id === node);
  const own = there && portsOf(there).find((p) => p.name === port);
  return pick(own?.label, lang) || portLabel(kind, port, lang);
}

/** families are the groups of the palette, in order, with the token of their colour. */
export const families: { family: NodeFamily; color: string }[] = [
  { family: NodeFamily.TRIGGER, color: "var(--family-trigger)" },
  { family: NodeFamily.MESSAGE, color: "var(--family-message)" },
  { family: NodeFamily.OPERATOR, color: "var(--family-operator)" },
  { family: NodeFamily.STAFF, color: "var(--family-staff)" },
  { family: NodeFamily.AFTER_SALES, color: "var(--family-after-sales)" },
  { family: NodeFamily.REPLY, color: "var(--family-reply)" },
  { family: NodeFamily.SESSION, color: "var(--family-session)" },
  { family: NodeFamily.GENERAL, color: "var(--family-general)" },
];

/** colorOf is the colour of a family. */
export function colorOf(family: NodeFamily | undefined): string {
  return families.find((f) => f.family === family)?.color ?? "var(--family-general)";
}
