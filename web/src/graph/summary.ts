import type { Node } from "@gen/flowdesk/v1/definition_pb";
import { enumLabel } from "@/api/labels";
import { type Language, pick } from "@/i18n";
import { failed, type Kind, kindOf, type Port, portsOf, specOf } from "./kinds";
import { type Box, nodeHeight, nodeWidth } from "./size";

/** summary are the lines that tell a config at a glance: its first set fields, at most three. */
export function summary(node: Node, kind: Kind | undefined, lang: Language): string[] {
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

/** Face is what a node shows of itself: its type, its ports, its config in a few lines. */
export interface Face {
  kind: Kind | undefined;
  ports: Port[];
  lines: string[];
}

const faces = new WeakMap<Node, Partial<Record<Language, Face>>>();

/** faceOf is a node's face, made once for each node as it is, so that a change of one draws one anew. */
export function faceOf(node: Node, lang: Language): Face {
  let known = faces.get(node);
  if (!known) {
    known = {};
    faces.set(node, known);
  }
  let face = known[lang];
  if (!face) {
    const kind = kindOf(node);
    const own = portsOf(node);
    // What asks others can fail, and shows where that would lead.
    const fails = kind && kind.spec.maxCalls > 0 && !own.some((p) => p.name === failed);
    face = { kind, ports: fails ? [...own, errorPort] : own, lines: summary(node, kind, lang) };
    known[lang] = face;
  }
  return face;
}

/** errorPort is the port of failure, which every node has, drawn or not. */
export const errorPort = {
  name: failed,
  label: { $typeName: "flowdesk.v1.Text", zh: "出错时", en: "On error" },
  optional: true,
  later: false,
} as Port;

/** extentOf is how wide and high a node is, with its port of failure if something is wired to it. */
export function extentOf(node: Node, wiredError: boolean): Pick<Box, "width" | "height"> {
  const { ports, lines } = faceOf(node, "zh");
  const more = wiredError && !ports.includes(errorPort) && !ports.some((p) => p.name === failed) ? 1 : 0;
  return { width: nodeWidth, height: nodeHeight(lines.length, ports.length + more) };
}
