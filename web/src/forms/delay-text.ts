import type { DelayRule } from "@gen/flowdesk/v1/nodes_reply_pb";
import { type Priority, PrioritySchema } from "@gen/flowdesk/v1/types_pb";
import type { TFunction } from "i18next";
import { enumLabel } from "@/api/labels";
import type { Language } from "@/i18n";
import { span } from "@/parts/time";
import { piecesOf, rulesFor } from "./day";
import type { Segment } from "./day-bar";
import { seconds } from "./duration";

/** actionText says what a delay rule does. */
export function actionText(rule: DelayRule, t: TFunction, lang: Language): string {
  switch (rule.action.case) {
    case "immediate":
      return t("day.atOnce");
    case "delay": {
      const { min, max } = rule.action.value;
      if (!min || !max) return t("day.noAction");
      const [least, most] = [seconds(min), seconds(max)];
      return least % 60 === 0 && most % 60 === 0
        ? t("day.minutes", { min: least / 60, max: most / 60 })
        : t("day.random", { min: span(least * 1000, lang), max: span(most * 1000, lang) });
    }
    case "holdUntil":
      return t("day.hold", { time: rule.action.value });
    default:
      return t("day.noAction");
  }
}

/** ruleText is a delay rule on one line. */
export function ruleText(rule: DelayRule, t: TFunction, lang: Language): string {
  const window = rule.window ? `${rule.window.start}–${rule.window.end}` : "";
  const priorities = rule.priorities.map((p) => enumLabel(PrioritySchema, p, lang)).join(" / ");
  return [window, priorities, actionText(rule, t, lang), rule.name].filter(Boolean).join(" · ");
}

/** segmentsFor are the stretches of a day in which rules decide about one priority. */
export function segmentsFor(rules: readonly DelayRule[], priority: Priority, t: TFunction, lang: Language): Segment[] {
  const tones = { immediate: "ok", delay: "info", holdUntil: "wait" } as const;
  return rulesFor(rules, priority).flatMap((rule) =>
    piecesOf(rule.window).map((piece) => ({
      ...piece,
      label: actionText(rule, t, lang),
      tone: rule.action.case ? tones[rule.action.case] : ("plain" as const),
    })),
  );
}
