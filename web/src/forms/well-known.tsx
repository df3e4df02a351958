import { type DescMessage, fromJson, fromJsonString, type JsonObject, type Message, toJson } from "@bufbuild/protobuf";
import { type Duration, StructSchema, type Timestamp } from "@bufbuild/protobuf/wkt";
import { type TimeWindow, TimeWindowSchema } from "@gen/flowdesk/v1/types_pb";
import { useState } from "react";
import { useText } from "@/i18n";
import { Moment } from "@/parts/moment";
import { Input, Select, Textarea } from "@/ui/field";
import { useForm } from "./context";
import { duration, readDefault, seconds, split, type Unit, units } from "./duration";
import { WindowField } from "./window-field";

const known = [
  "google.protobuf.Duration",
  "google.protobuf.Timestamp",
  "google.protobuf.Struct",
  "flowdesk.v1.TimeWindow",
];

/** wellKnown tells whether a message has a control of its own instead of a section. */
export function wellKnown(desc: DescMessage): boolean {
  return known.includes(desc.typeName);
}

interface Props {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  desc: DescMessage;
  value: Message | undefined;
  inherits: string;
  onChange: (next: Message | undefined) => void;
}

/** WellKnown is the control of a duration, a time, or free values. */
export function WellKnown({ desc, value, inherits, onChange, ...aria }: Props) {
  const { readOnly } = useForm();
  const common = { ...aria, disabled: readOnly };
  if (desc.typeName === "google.protobuf.Duration")
    return <Length {...common} value={value as Duration | undefined} inherits={inherits} onChange={onChange} />;
  if (desc.typeName === "flowdesk.v1.TimeWindow")
    return (
      <WindowField
        {...common}
        value={value as TimeWindow | undefined}
        inherits={windowOf(inherits)}
        onChange={onChange}
      />
    );
  if (desc.typeName === "google.protobuf.Timestamp")
    return <Moment {...common} value={value as Timestamp | undefined} onChange={onChange} />;
  return <Free {...common} value={value} onChange={onChange} />;
}

function windowOf(text: string): TimeWindow | undefined {
  return text.startsWith("{") ? fromJsonString(TimeWindowSchema, text) : undefined;
}

function Length({
  value,
  inherits,
  onChange,
  disabled,
  ...aria
}: Omit<Props, "desc" | "value"> & { value: Duration | undefined; disabled: boolean }) {
  const { t } = useText();
  const fallback = split(readDefault(inherits) ?? 60);
  const shown = value ? split(seconds(value)) : undefined;
  const [unit, setUnit] = useState<Unit>();
  const inUnit = unit ?? shown?.unit ?? fallback.unit;
  return (
    <div className="flex gap-2">
      <Input
        {...aria}
        disabled={disabled}
        inputMode="decimal"
        className="w-24"
        value={value ? String(seconds(value) / units[inUnit]) : ""}
        placeholder={String(fallback.amount)}
        onChange={(e) => {
          const amount = Number.parseFloat(e.target.value);
          onChange(Number.isFinite(amount) && amount >= 0 ? duration(amount * units[inUnit]) : undefined);
        }}
      />
      <Select
        disabled={disabled}
        aria-label={t("form.unit")}
        value={inUnit}
        onChange={(e) => setUnit(e.target.value as Unit)}
      >
        {(Object.keys(units) as Unit[]).map((u) => (
          <option key={u} value={u}>
            {t(`form.units.${u}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}

function Free({ value, onChange, ...rest }: Omit<Props, "desc" | "inherits"> & { disabled: boolean }) {
  const [text, setText] = useState(() => (value ? JSON.stringify(toJson(StructSchema, value as never), null, 2) : ""));
  const [wrong, setWrong] = useState(false);
  return (
    <Textarea
      {...rest}
      aria-invalid={wrong}
      rows={5}
      className="font-mono text-[13px]"
      value={text}
      onChange={(e) => {
        setText(e.target.value);
        if (!e.target.value.trim()) return onChange(undefined);
        try {
          onChange(fromJson(StructSchema, JSON.parse(e.target.value) as JsonObject));
          setWrong(false);
        } catch {
          setWrong(true);
        }
      }}
    />
  );
}
