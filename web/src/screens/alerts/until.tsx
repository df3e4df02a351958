import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useText } from "@/i18n";
import { Moment } from "@/parts/moment";
import { Field, Select } from "@/ui/field";

const hour = 3_600_000;
const lengths = [1, 8, 24];

/** Until is how long alerts keep quiet: hours from when the button is pressed, or a moment; at is unset while none is chosen. */
export type Until = { hours: number } | { at: Timestamp | undefined };

/** silentUntil is the moment of a choice. */
function silentUntil(until: Until): Timestamp | undefined {
  return "hours" in until ? timestampFromMs(Date.now() + until.hours * hour) : until.at;
}

/** silence is a choice as requests have it. */
export function silence(until: Until): { until?: Timestamp } {
  const at = silentUntil(until);
  return at ? { until: at } : {};
}

/** passed tells whether a choice is no silence: a moment that is missing or over. */
export function passed(until: Until): boolean {
  const at = silentUntil(until);
  return !at || timestampDate(at).getTime() <= Date.now();
}

/** UntilField chooses how long alerts keep quiet. */
export function UntilField({ value, onChange }: { value: Until; onChange: (next: Until) => void }) {
  const { t } = useText();
  const moment = !("hours" in value);
  // The next full hour: the reader moves on from there.
  const soon = () => timestampFromMs(Math.ceil((Date.now() + hour) / hour) * hour);
  return (
    <>
      <Field label={t("alerts.silenceFor")}>
        {(props) => (
          <Select
            {...props}
            value={moment ? "until" : String(value.hours)}
            onChange={(e) => onChange(e.target.value === "until" ? { at: soon() } : { hours: Number(e.target.value) })}
          >
            {lengths.map((h) => (
              <option key={h} value={h}>
                {t("alerts.hours", { count: h })}
              </option>
            ))}
            <option value="until">{t("alerts.untilMoment")}</option>
          </Select>
        )}
      </Field>
      {moment && (
        <Field label={t("alerts.silencedUntil")} error={passed(value) ? t("alerts.untilPassed") : undefined}>
          {(props) => <Moment {...props} min={Date.now()} value={value.at} onChange={(at) => onChange({ at })} />}
        </Field>
      )}
    </>
  );
}
