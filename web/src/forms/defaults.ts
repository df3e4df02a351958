import { type DescField, type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { FieldSpec } from "@gen/flowdesk/v1/options_pb";
import { SettingsSchema } from "@gen/flowdesk/v1/resource_settings_pb";
import type { TimeWindow } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { specOf } from "@/graph/kinds";
import { joined, type Language, pick } from "@/i18n";
import { span } from "@/parts/time";
import { readDefault } from "./duration";

/** defaultText is what applies while a field is unset, as people read it: a setting, a default expression, or a value. */
export function defaultText(field: DescField, spec: FieldSpec | undefined, lang: Language): string {
  if (!spec) return "";
  if (spec.setting) {
    const setting = SettingsSchema.fields.find((f) => f.name === spec.setting);
    const label = (setting && pick(specOf(setting)?.label, lang)) || spec.setting;
    return lang === "zh" ? `设置「${label}」` : `the setting “${label}”`;
  }
  if (spec.expression?.defaultExpression) return spec.expression.defaultExpression;
  if (!spec.defaultValue) return "";
  const length = field.fieldKind === "message" ? readDefault(spec.defaultValue) : undefined;
  if (length !== undefined) return span(length * 1000, lang);
  if (field.fieldKind === "enum") {
    const value = field.enum.values.find((v) => v.name === spec.defaultValue);
    if (value) return enumLabel(field.enum, value.number, lang) || spec.defaultValue;
  }
  const value = parsed(spec.defaultValue);
  if (field.fieldKind === "list" && Array.isArray(value)) {
    if (value.every((item) => typeof item === "string")) return short(joined(value as string[], lang));
    return lang === "zh" ? `${value.length} 项` : `${value.length} items`;
  }
  if (field.fieldKind === "message" && value && typeof value === "object" && "start" in value)
    return `${(value as { start: string }).start}–${(value as unknown as TimeWindow).end}`;
  if (value === true) return lang === "zh" ? "开" : "on";
  if (value === false) return lang === "zh" ? "关" : "off";
  return short(spec.defaultValue);
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** defaultOf is the value that a field has while it is unset, to begin from; undefined where its descriptor names none. */
export function defaultOf(desc: DescMessage, field: DescField, spec: FieldSpec | undefined): unknown {
  if (!spec?.defaultValue) return undefined;
  if (field.fieldKind === "scalar" && field.scalar === 9) return spec.defaultValue;
  const value = parsed(spec.defaultValue);
  if (value === undefined || value === null) return undefined;
  try {
    const message = fromJson(desc, { [field.name]: value });
    return reflect(desc, message).isSet(field)
      ? (message as unknown as Record<string, unknown>)[field.localName]
      : undefined;
  } catch {
    return undefined;
  }
}
