import { timestampDate } from "@bufbuild/protobuf/wkt";
import { DerivationOutcome } from "@gen/flowdesk/v1/derivation_pb";
import { type ChatLine, LineState } from "@gen/flowdesk/v1/simulation_pb";
import { Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { Clock, PencilLine, SendHorizontal } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { pick, useText } from "@/i18n";
import { Composer } from "@/parts/composer";
import { Tag } from "@/parts/status";
import { clock, span } from "@/parts/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Select } from "@/ui/field";
import { linkTo } from "./reply";
import type { Simulated } from "./simulation";

interface Props {
  simulation: Simulated;
  speaker: string;
  onSpeak: (title: string) => void;
  onRun: (instance: string) => void;
  flow: string;
}

/** Conversation is the group chat: who says what, what the robot says, and what it is about to say, with the time left. */
export function Conversation({ simulation, speaker, onSpeak, onRun, flow }: Props) {
  const { t } = useText();
  const { state } = simulation;
  const people = state?.simulation?.people ?? [];
  const user = people.find((p) => p.role === Role.USER || p.role === Role.UNSPECIFIED) ?? people[0];
  const who = speaker || user?.title || "";
  const end = useRef<HTMLDivElement>(null);
  const lines = state?.lines ?? [];
  const groups = new Set(lines.map((l) => l.group));
  const count = lines.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the newest line only
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "end" });
  }, [count]);
  const say = async (text: string) => {
    const mentions = people.map((p) => p.title).filter((title) => text.includes(`@${title}`));
    await simulation.play({ action: { case: "say", value: { person: who, text, mentions } } });
  };
  const now = state?.simulation?.clock ? timestampDate(state.simulation.clock).getTime() : Date.now();
  return (
    <section
      aria-label={t("sim.chat")}
      className="flex min-h-0 flex-1 flex-col"
      onKeyDown={(e) => {
        const person = e.altKey && /^[1-9]$/.test(e.key) ? people[Number(e.key) - 1] : undefined;
        if (!person) return;
        e.preventDefault();
        onSpeak(person.title);
      }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3" role="log" aria-label={t("sim.chat")} tabIndex={0}>
        {lines.length === 0 && <Welcome onSay={say} busy={simulation.busy} />}
        <ol className="flex flex-col gap-3">
          {lines.map((line) => (
            <Line
              key={line.id}
              line={line}
              now={now}
              showGroup={groups.size > 1}
              onRun={onRun}
              edit={linkTo(flow, line, lines, state?.runs ?? [])}
            />
          ))}
        </ol>
        <div ref={end} />
      </div>
      <Composer
        label={t("sim.say", { person: who })}
        disabled={simulation.busy}
        onSend={say}
        before={
          <Select
            aria-label={t("sim.speakAs")}
            className="max-w-32"
            value={who}
            onChange={(e) => onSpeak(e.target.value)}
          >
            {people.map((p) => (
              <option key={p.title} value={p.title}>
                {p.title}
              </option>
            ))}
          </Select>
        }
      />
    </section>
  );
}

function Welcome({ onSay, busy }: { onSay: (text: string) => Promise<void>; busy: boolean }) {
  const { t } = useText();
  const first = t("sim.first");
  return (
    <div className="mx-auto mt-8 flex max-w-md flex-col items-center gap-4 rounded-dialog border bg-surface p-6 text-center">
      <h2 className="text-base font-semibold">{t("sim.welcome")}</h2>
      <p className="text-soft">{t("sim.welcomeHint")}</p>
      <blockquote className="w-full rounded-card border bg-sunken px-3 py-2 text-left">{first}</blockquote>
      <Button tone="primary" disabled={busy} onClick={() => void onSay(first).catch(() => {})}>
        <SendHorizontal /> {t("sim.sendFirst")}
      </Button>
      <div className="flex flex-wrap justify-center gap-2">
        {[t("sim.second"), t("sim.third")].map((text) => (
          <Button key={text} size="small" disabled={busy} onClick={() => void onSay(text).catch(() => {})}>
            {text}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Line({
  line,
  now,
  showGroup,
  onRun,
  edit,
}: {
  line: ChatLine;
  now: number;
  showGroup: boolean;
  onRun: (instance: string) => void;
  /** Where its text is changed, for what a node of the flow wrote. */
  edit: string | undefined;
}) {
  const { t, lang } = useText();
  const pending = line.state === LineState.PENDING || line.state === LineState.SENDING;
  const over = line.state === LineState.CANCELLED || line.state === LineState.FAILED;
  const due = line.dueTime ? timestampDate(line.dueTime) : undefined;
  const quiet =
    !line.outgoing &&
    line.outcome !== DerivationOutcome.ANSWERED &&
    line.outcome !== DerivationOutcome.PENDING &&
    pick(line.why, lang);
  return (
    <li
      className={cn(
        "flex max-w-[85%] flex-col gap-0.5",
        line.outgoing ? "items-end self-end" : "items-start self-start",
      )}
    >
      <div className="flex flex-wrap items-center gap-1.5 text-xs text-faint">
        <span className="font-medium text-soft">{line.sender}</span>
        <Tag>{enumLabel(RoleSchema, line.role, lang)}</Tag>
        {showGroup && <Tag>{line.group}</Tag>}
        {line.time && <time>{clock(timestampDate(line.time), lang)}</time>}
      </div>
      <div
        className={cn(
          "rounded-card px-3 py-2 whitespace-pre-wrap",
          line.outgoing ? "bg-primary-soft" : "border bg-surface",
          pending && "border border-dashed border-primary bg-transparent opacity-80",
          over && "line-through opacity-60",
        )}
      >
        {line.text}
      </div>
      <div className="flex flex-wrap items-center gap-2 text-xs text-faint">
        {pending && due && (
          <span className="inline-flex items-center gap-1 text-wait">
            <Clock className="size-3.5" aria-hidden />
            {t("sim.due", { time: clock(due, lang), left: span(Math.max(0, due.getTime() - now), lang) })}
          </span>
        )}
        {line.reason && pending && <span>{line.reason}</span>}
        {over && <span>{line.reason || t("sim.notSent")}</span>}
        {line.attempts > 1 && <span>{t("commands.attempt", { number: line.attempts })}</span>}
        {line.instance && (
          <button type="button" className="text-primary hover:underline" onClick={() => onRun(line.instance)}>
            {line.outgoing ? t("why.said") : t("why.open")}
          </button>
        )}
        {edit && (
          <Link className="inline-flex items-center gap-1 text-primary hover:underline" to={edit}>
            <PencilLine className="size-3.5" aria-hidden />
            {t("drawing.editReply")}
          </Link>
        )}
      </div>
      {quiet && <p className="text-xs text-warn">{quiet}</p>}
    </li>
  );
}
