import type { Command } from "@gen/flowdesk/v1/resource_command_pb";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";

const rules = {
  day: "day",
  evening: "evening",
  early: "early",
  "night.high": "night_high",
  "night.medium": "night_medium",
  "night.low": "night_low",
} as const;

/** Why is the reason of a delay or of an end, in words; rules of one's own are told by their name. */
export function Why({ command }: { command: Command }) {
  const { t, lang } = useText();
  const reason = command.reason || command.delayReason;
  if (!reason) return null;
  const rule = reason in rules ? rules[reason as keyof typeof rules] : undefined;
  return <div className="text-xs text-faint">{rule ? t(`delay.${rule}`) : because(reason, lang)}</div>;
}
