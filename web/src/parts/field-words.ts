import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { enumLabel } from "@/api/labels";
import { specOf } from "@/graph/kinds";
import { type Language, pick } from "@/i18n";

// What a comparison says of a field is a path and JSON; people read labels and lines.

const own: Record<string, { zh: string; en: string }> = {
  name: { zh: "名称", en: "Name" },
  note: { zh: "备注", en: "Note" },
};

/** fieldWords is a field of a node, or of the flow, by its path: its label, and its type as far as it is known. Within says of what else the path leads. */
export function fieldWords(
  path: string,
  node: boolean,
  lang: Language,
  within?: DescMessage,
): { label: string; field: DescField | undefined } {
  let desc: DescMessage | undefined = within ?? (node ? NodeSchema : FlowDefinitionSchema);
  let field: DescField | undefined;
  const labels: string[] = [];
  for (const part of path.split(".")) {
    const name = part.replace(/\[.*$/, "");
    const found: DescField | undefined = desc?.fields.find((f) => f.name === name);
    if (!found) return { label: path, field: undefined };
    // The arm of a node's config says only its type, which stands above.
    if (!(node && field === undefined && found.oneof))
      labels.push(pick(specOf(found)?.label, lang) || (node && own[name]?.[lang]) || name);
    field = found;
    desc = messageOf(found);
  }
  return { label: labels.join(" › ") || path, field };
}

function messageOf(field: DescField): DescMessage | undefined {
  if (field.fieldKind === "message") return field.message;
  return field.fieldKind === "list" && field.listKind === "message" ? field.message : undefined;
}

/** valueWords is a value, given as JSON, in lines for people. */
export function valueWords(json: string, field: DescField | undefined, lang: Language): string {
  if (!json) return "";
  try {
    return words(JSON.parse(json), field, lang, "");
  } catch {
    return json;
  }
}

function words(value: unknown, field: DescField | undefined, lang: Language, indent: string): string {
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v !== "object")) return value.map((v) => words(v, field, lang, indent)).join("、");
    return value.map((v, i) => `${indent}${i + 1}.\n${words(v, field, lang, `${indent}  `)}`).join("\n");
  }
  if (typeof value === "object" && value !== null) {
    const desc = field && messageOf(field);
    return Object.entries(value)
      .map(([key, inner]) => {
        const known = desc?.fields.find((f) => f.jsonName === key || f.name === key);
        const label = pick(known && specOf(known)?.label, lang) || key;
        const text = words(inner, known, lang, `${indent}  `);
        return `${indent}${label}：${text.includes("\n") ? "\n" : ""}${text}`;
      })
      .join("\n");
  }
  const type = field?.fieldKind === "enum" ? field.enum : field?.fieldKind === "list" ? field.enum : undefined;
  const number = type?.values.find((v) => v.name === value)?.number;
  return type && number !== undefined ? enumLabel(type, number, lang) : String(value);
}
