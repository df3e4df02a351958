import {
  type Evidence,
  IntentSchema,
  PolaritySchema,
  TaskKindSchema,
  type Understanding,
  UrgencySchema,
} from "@gen/flowdesk/v1/understanding_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { Facts } from "./page";
import { Tag } from "./status";

const flags = [
  "handoff",
  "response",
  "question",
  "important",
  "chitchat",
  "spam",
  "conflict",
  "completion",
  "resolved",
  "churn",
  "takenBack",
] as const;

/** Understood shows what was understood of a text, with the words that it rests on marked in it. */
export function Understood({ understanding: u, text }: { understanding: Understanding; text: string }) {
  const { t, lang } = useText();
  const raised = flags.filter((flag) => u[flag]);
  return (
    <div className="flex flex-col gap-3">
      {text && (
        <p className="rounded-card border bg-sunken px-3 py-2 whitespace-pre-wrap" data-testid="marked">
          {marked(text, u.evidence).map((part, i) =>
            part.rules ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts keep their order
              <mark key={i} title={part.rules} className="rounded bg-primary/20 px-0.5 text-ink">
                {part.text}
              </mark>
            ) : (
              part.text
            ),
          )}
        </p>
      )}
      <div className="flex flex-col gap-1.5">
        {u.intents.slice(0, 4).map((score) => (
          <div key={score.intent} className="grid grid-cols-[6rem_1fr_3rem] items-center gap-2 text-[13px]">
            <span>{enumLabel(IntentSchema, score.intent, lang)}</span>
            <span className="h-2 rounded bg-sunken">
              <span className="block h-2 rounded bg-primary" style={{ width: `${Math.round(score.score * 100)}%` }} />
            </span>
            <span className="text-right text-faint">{score.score.toFixed(2)}</span>
          </div>
        ))}
      </div>
      <Facts
        facts={[
          [t("ai.sentiment"), `${u.sentiment.toFixed(2)} ${enumLabel(PolaritySchema, u.polarity, lang)}`],
          [t("ai.urgency"), enumLabel(UrgencySchema, u.urgency, lang)],
          [t("ai.taskKind"), u.taskKindName || enumLabel(TaskKindSchema, u.taskKind, lang)],
          [t("ai.language"), u.language],
          [
            t("ai.signals"),
            raised.length > 0 && (
              <span key="f" className="flex flex-wrap gap-1">
                {raised.map((flag) => (
                  <Tag key={flag}>{t(`ai.flag.${flag}`)}</Tag>
                ))}
              </span>
            ),
          ],
          [t("ai.conflictSignals"), u.conflictSignals.join(" · ")],
        ]}
      />
      {u.evidence.length > 0 && (
        <details>
          <summary className="cursor-pointer text-soft">{t("ai.evidence", { count: u.evidence.length })}</summary>
          <ul className="mt-2 flex flex-col gap-1 text-xs">
            {u.evidence.map((e, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: evidence keeps its order
              <li key={i} className="grid grid-cols-[1fr_1fr_3rem] gap-2">
                <span>「{e.text}」</span>
                <span className="text-faint">
                  {e.label} · {e.rule}
                </span>
                <span className="text-right tabular-nums">{e.weight.toFixed(2)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** marked cuts a text where evidence begins and ends. Positions count characters as people see code points. */
export function marked(
  text: string,
  evidence: Pick<Evidence, "start" | "end" | "rule">[],
): { text: string; rules: string }[] {
  const points = [...text];
  const cuts = new Set([0, points.length]);
  const inside = evidence.filter((e) => e.end > e.start && e.end <= points.length);
  for (const e of inside) {
    cuts.add(e.start);
    cuts.add(e.end);
  }
  const at = [...cuts].sort((a, b) => a - b);
  return at.slice(0, -1).map((start, i) => {
    const end = at[i + 1] ?? points.length;
    const rules = inside.filter((e) => e.start <= start && e.end >= end).map((e) => e.rule);
    return { text: points.slice(start, end).join(""), rules: [...new Set(rules)].join(", ") };
  });
}
