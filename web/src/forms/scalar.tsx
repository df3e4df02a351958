import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { type FieldSpec, Widget } from "@gen/flowdesk/v1/options_pb";
import { enumChoices } from "@/api/labels";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Combo } from "@/ui/combo";
import { Input, Select, Textarea } from "@/ui/field";
import { BoolField } from "./bool-field";
import { Code } from "./code";
import { useForm } from "./context";
import { GroupSelect } from "./group-select";
import { Segments } from "./segments";
import { Clock } from "./window-field";
import { Words } from "./words";

interface Props {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  field: DescField;
  spec: FieldSpec | undefined;
  value: unknown;
  isSet: boolean;
  inherits: string;
  onChange: (next: unknown) => void;
}

/** Scalar is the control of a field that holds one value, or a list of words or choices. */
export function Scalar({ field, spec, value, isSet, inherits, onChange, ...aria }: Props) {
  const { t, lang } = useText();
  const { readOnly, nodes } = useForm();
  const common = { ...aria, disabled: readOnly };
  if (field.fieldKind === "list") {
    if (field.listKind === "enum")
      return <Flags {...common} field={field} value={(value as number[]) ?? []} onChange={onChange} />;
    return <Words {...common} value={((value as unknown[]) ?? []).map(String)} onChange={onChange} />;
  }
  if (field.fieldKind === "enum") {
    const choices = enumChoices(field.enum, lang);
    if (choices.length <= 4)
      return (
        <Segments {...common} choices={choices} value={Number(value ?? 0)} inherits={inherits} onChange={onChange} />
      );
    return (
      <Combo
        {...common}
        choices={[
          { value: "0", label: inherits ? t("form.default", { value: inherits }) : t("form.unset") },
          ...choices.map((c) => ({
            value: String(c.value),
            label: c.label,
            also: field.enum.value[c.value]?.name ?? "",
          })),
        ]}
        value={String(value ?? 0)}
        onChange={(next) => onChange(Number(next) || undefined)}
      />
    );
  }
  if (field.fieldKind !== "scalar") return <p className="text-xs text-faint">{t("form.sourceOnly")}</p>;
  if (field.scalar === ScalarType.BOOL) {
    return (
      <BoolField
        {...common}
        spec={spec}
        value={Boolean(value)}
        isSet={isSet}
        inherits={inherits}
        onChange={(next) => onChange(field.presence === 1 || next ? next : undefined)}
      />
    );
  }
  if (field.scalar !== ScalarType.STRING) {
    return (
      <Input
        {...common}
        className="max-w-40"
        inputMode="decimal"
        value={isSet ? String(value) : ""}
        placeholder={inherits}
        onChange={(e) => {
          const text = toHalfWidth(e.target.value).trim();
          if (text === "") return onChange(undefined);
          const number = Number(text);
          if (Number.isFinite(number))
            onChange(
              big(field.scalar) ? BigInt(Math.trunc(number)) : whole(field.scalar) ? Math.trunc(number) : number,
            );
        }}
      />
    );
  }
  const text = String(value ?? "");
  switch (spec?.widget) {
    case Widget.EXPRESSION:
    case Widget.TEMPLATE:
      return (
        <Code
          {...common}
          kind={spec.widget === Widget.EXPRESSION ? "expression" : "template"}
          value={text}
          placeholder={inherits}
          names={spec.templateNames}
          onChange={onChange}
        />
      );
    case Widget.MULTILINE:
      return (
        <Textarea {...common} rows={4} value={text} placeholder={inherits} onChange={(e) => onChange(e.target.value)} />
      );
    case Widget.NODE:
      return (
        <Select {...common} className="w-full" value={text} onChange={(e) => onChange(e.target.value)}>
          <option value="">—</option>
          {nodes.map((n) => (
            <option key={n.id} value={n.id}>
              {n.name || n.id}
            </option>
          ))}
        </Select>
      );
    case Widget.TIME_OF_DAY:
      return <Clock {...common} value={text} placeholder={inherits || "HH:MM"} onChange={onChange} />;
    case Widget.GROUP:
      return <GroupSelect {...common} value={text} onChange={onChange} />;
    default:
      return (
        <Input
          {...common}
          type={spec?.widget === Widget.SECRET ? "password" : spec?.widget === Widget.URL ? "url" : "text"}
          autoComplete="off"
          className={cn((spec?.widget === Widget.REGEX || spec?.widget === Widget.CRON) && "font-mono")}
          value={text}
          placeholder={inherits}
          onChange={(e) => onChange(e.target.value)}
        />
      );
  }
}

const big = (scalar: ScalarType) =>
  [ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64].includes(scalar);
const whole = (scalar: ScalarType) => scalar !== ScalarType.DOUBLE && scalar !== ScalarType.FLOAT;

/** toHalfWidth reads full-width digits, colons and letters as people type them with a Chinese keyboard. */
export function toHalfWidth(text: string): string {
  return text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/　/g, " ");
}

function Flags({
  field,
  value,
  onChange,
  disabled,
  ...aria
}: {
  field: DescField & { fieldKind: "list"; listKind: "enum" };
  value: number[];
  onChange: (next: number[]) => void;
  disabled: boolean;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const { lang } = useText();
  return (
    <div className="flex flex-wrap gap-1.5" id={aria.id}>
      {enumChoices(field.enum, lang).map((c) => {
        const on = value.includes(c.value);
        return (
          <button
            key={c.value}
            type="button"
            disabled={disabled}
            aria-pressed={on}
            onClick={() => onChange(on ? value.filter((v) => v !== c.value) : [...value, c.value])}
            className={cn(
              "rounded-control border px-2 py-0.5 text-[13px]",
              on && "border-primary bg-primary-soft text-primary",
            )}
          >
            {c.label}
          </button>
        );
      })}
    </div>
  );
}
