import { create } from "@bufbuild/protobuf";
import { type TimeWindow, TimeWindowSchema } from "@gen/flowdesk/v1/types_pb";
import { useText } from "@/i18n";
import { Input } from "@/ui/field";
import { piecesOf, tidyClock } from "./day";
import { DayBar } from "./day-bar";

/** Clock is a time of day; what people type (9:5, 9：30, 21) becomes HH:MM when they leave it. */
export function Clock({
  value,
  onChange,
  ...rest
}: {
  value: string;
  onChange: (next: string) => void;
  placeholder?: string;
  disabled?: boolean;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  return (
    <Input
      {...rest}
      className="w-24 tabular-nums"
      inputMode="numeric"
      maxLength={5}
      value={value}
      onChange={(e) => onChange(e.target.value)}
      onBlur={() => {
        const tidy = tidyClock(value);
        if (tidy !== value) onChange(tidy);
      }}
    />
  );
}

/** WindowField is a part of the day: its two ends and how it lies in 24 hours. An end before the start runs over midnight. */
export function WindowField({
  value,
  inherits,
  onChange,
  disabled,
  ...aria
}: {
  value: TimeWindow | undefined;
  inherits: TimeWindow | undefined;
  onChange: (next: TimeWindow) => void;
  disabled: boolean;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const { t } = useText();
  const shown = value ?? inherits;
  const set = (change: Partial<TimeWindow>) =>
    onChange(create(TimeWindowSchema, { start: shown?.start ?? "", end: shown?.end ?? "", ...change }));
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
      <div className="flex items-center gap-1.5">
        <Clock
          {...aria}
          disabled={disabled}
          placeholder={inherits?.start ?? "HH:MM"}
          value={value?.start ?? ""}
          onChange={(start) => set({ start })}
        />
        –
        <Clock
          aria-label={t("day.end")}
          aria-describedby={aria["aria-describedby"]}
          disabled={disabled}
          placeholder={inherits?.end ?? "HH:MM"}
          value={value?.end ?? ""}
          onChange={(end) => set({ end })}
        />
      </div>
      <DayBar
        className="min-w-48 flex-1"
        label={t("day.window")}
        segments={piecesOf(shown).map((piece) => ({ ...piece, label: `${shown?.start}–${shown?.end}` }))}
      />
    </div>
  );
}
