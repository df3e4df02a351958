import type { DescField } from "@bufbuild/protobuf";
import type { FieldSpec } from "@gen/flowdesk/v1/options_pb";
import { enumLabel } from "@/api/labels";
import type { Language } from "@/i18n";
import { span } from "@/parts/time";
import { readDefault } from "./duration";

/** defaultText is what applies while a field is unset, as people read it: a setting, a default expression, or a value. */
export function defaultText(field: DescField, spec: FieldSpec | undefined, lang: Language): string {
  if (!spec) return "";
  if (spec.setting) return lang === "zh" ? `设置：${spec.setting}` : `setting ${spec.setting}`;
  if (spec.expression?.defaultExpression) return spec.expression.defaultExpression;
  if (!spec.defaultValue) return "";
  const length = field.fieldKind === "message" ? readDefault(spec.defaultValue) : undefined;
  if (length !== undefined) return span(length * 1000, lang);
  if (field.fieldKind === "enum") {
    const value = field.enum.values.find((v) => v.name === spec.defaultValue);
    if (value) return enumLabel(field.enum, value.number, lang) || spec.defaultValue;
  }
  return spec.defaultValue.length > 80 ? `${spec.defaultValue.slice(0, 80)}…` : spec.defaultValue;
}
