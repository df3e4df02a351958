import { AlertLevel, AlertLevelSchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";

const levels: Record<number, string> = {
  [AlertLevel.CRITICAL]: "bg-[#b91c1c] text-white",
  [AlertLevel.ERROR]: "bg-[#c2410c] text-white",
  [AlertLevel.WARNING]: "border border-warn text-warn",
  [AlertLevel.INFO]: "text-idle",
};
const marks: Record<number, string> = {
  [AlertLevel.CRITICAL]: "▲▲",
  [AlertLevel.ERROR]: "▲",
  [AlertLevel.WARNING]: "●",
  [AlertLevel.INFO]: "○",
};

/** Level is an alert's level. Red is kept for failure and for critical. */
export function Level({ level }: { level: AlertLevel }) {
  const { lang } = useText();
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1 rounded px-1.5 text-xs leading-5 font-medium whitespace-nowrap",
        levels[level],
      )}
    >
      <span aria-hidden>{marks[level]}</span>
      {enumLabel(AlertLevelSchema, level, lang)}
    </span>
  );
}
