import type { FieldSpec } from "@gen/flowdesk/v1/options_pb";
import { pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Switch } from "@/ui/switch";
import { Segments } from "./segments";

interface Props {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  disabled: boolean;
  spec: FieldSpec | undefined;
  value: boolean;
  isSet: boolean;
  /** What applies while it is unset, in words. */
  inherits: string;
  onChange: (next: boolean | undefined) => void;
}

/**
 * BoolField is a switch that says what it means when it is on and when it is off, so that nobody has to guess from a label. Where a setting
 * decides while it is unset there is a third choice beside the two.
 */
export function BoolField({ spec, value, isSet, inherits, onChange, disabled, ...aria }: Props) {
  const { t, lang } = useText();
  const on = t("form.onMeans", { meaning: pick(spec?.onLabel, lang) || pick(spec?.label, lang) });
  const offMeans = pick(spec?.offLabel, lang);
  const off = offMeans ? t("form.offMeans", { meaning: offMeans }) : t("form.off");
  if (spec?.setting)
    return (
      <Segments
        {...aria}
        disabled={disabled}
        inherits={inherits}
        choices={[
          { value: 1, label: on },
          { value: 2, label: off },
        ]}
        value={isSet ? (value ? 1 : 2) : 0}
        onChange={(next) => onChange(next === undefined ? undefined : next === 1)}
      />
    );
  const checked = isSet ? value : spec?.defaultValue === "true";
  return (
    <div className="flex items-start gap-3">
      <Switch
        id={aria.id}
        aria-describedby={`${aria.id}-means ${aria["aria-describedby"]}`}
        disabled={disabled}
        checked={checked}
        onChange={onChange}
      />
      <ul id={`${aria.id}-means`} className="flex min-w-0 flex-col gap-0.5 text-[13px] leading-5">
        <li className={cn(checked ? "font-medium text-ink" : "text-soft")}>{on}</li>
        <li className={cn(checked ? "text-soft" : "font-medium text-ink")}>{off}</li>
      </ul>
    </div>
  );
}
