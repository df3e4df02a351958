import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { useText } from "@/i18n";
import { Input } from "@/ui/field";
import { momentIn, momentText } from "./day";
import { zone } from "./time";

/** Moment is a date and a time of the workspace's time zone, which stands beside it: wherever the reader sits, it is one moment. */
export function Moment({
  value,
  onChange,
  min,
  ...rest
}: {
  value: Timestamp | undefined;
  onChange: (next: Timestamp | undefined) => void;
  /** Earliest moment that makes sense, in ms. */
  min?: number;
  id?: string;
  disabled?: boolean;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  const { t } = useText();
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Input
        {...rest}
        type="datetime-local"
        className="w-auto max-w-full"
        {...(min === undefined ? {} : { min: momentText(min) })}
        value={value ? momentText(timestampDate(value).getTime()) : ""}
        onChange={(e) => onChange(momentIn(e.target.value))}
      />
      <span className="text-[13px] text-soft">{t("form.zone", { zone: zone.name })}</span>
    </div>
  );
}
