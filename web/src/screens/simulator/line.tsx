import { timestampDate } from "@bufbuild/protobuf/wkt";
import { DerivationOutcome } from "@gen/flowdesk/v1/derivation_pb";
import { type ChatLine, LineState } from "@gen/flowdesk/v1/simulation_pb";
import { CommandAction } from "@gen/flowdesk/v1/turn_pb";
import { RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { Clock } from "lucide-react";
import type { ReactNode } from "react";
import { enumLabel } from "@/api/labels";
import { pick, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Tag } from "@/parts/status";
import { clock, span } from "@/parts/time";
import { cn } from "@/ui/cn";
import type { Simulated } from "./simulation";

/** LineActs are what a reader can do with a line. */
export interface LineActs {
  simulation: Simulated;
  /** Shows why, and the run that did it. */
  onWhy: (line: ChatLine) => void;
  /** Changes what a robot says. */
  onReword: (line: ChatLine) => void;
  /** Changes what a robot is to say this once. */
  onEdit: (line: ChatLine) => void;
  /** Goes back ahead of what a person said, to say something else. */
  onRewind: (line: ChatLine) => void;
}

/** Line is one line of the chat: what was said and what became of it, or what a robot is to say and how long it still waits. */
export function Line({
  line,
  now,
  group,
  last,
  acts,
}: {
  line: ChatLine;
  now: number;
  /** Name of the group, where several are shown. */
  group: string | undefined;
  /** True for the last line of a person: it can be taken back. */
  last: boolean;
  acts: LineActs;
}) {
  const { t, lang } = useText();
  const { simulation } = acts;
  const pending = line.state === LineState.PENDING || line.state === LineState.SENDING;
  const over = line.state === LineState.CANCELLED || line.state === LineState.FAILED;
  const withdrawn = line.state === LineState.CANCELLED && !line.outgoing;
  const due = line.dueTime ? timestampDate(line.dueTime) : undefined;
  const quiet =
    !line.outgoing &&
    line.outcome !== DerivationOutcome.ANSWERED &&
    line.outcome !== DerivationOutcome.PENDING &&
    pick(line.why, lang);
  const order = (action: CommandAction) => void simulation.order(line.command, action).catch(() => {});
  return (
    <li
      className={cn(
        "group flex max-w-[85%] flex-col gap-0.5",
        line.outgoing ? "items-end self-end" : "items-start self-start",
      )}
    >
      <div className="flex flex-wrap items-center gap-1.5 text-xs text-faint">
        <span className="font-medium text-soft">{line.sender}</span>
        <Tag>{enumLabel(RoleSchema, line.role, lang)}</Tag>
        {group && <Tag>{group}</Tag>}
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
      <div className={cn("flex flex-wrap items-center gap-x-2.5 text-xs text-faint", line.outgoing && "justify-end")}>
        {line.state === LineState.SENDING && <span>{t("sim.sending")}</span>}
        {line.state === LineState.PENDING && due && (
          <span className="inline-flex items-center gap-1 text-wait">
            <Clock className="size-3.5" aria-hidden />
            {t("sim.due", { time: clock(due, lang), left: span(Math.max(0, due.getTime() - now), lang) })}
          </span>
        )}
        {line.reason && pending && <span>{because(line.reason, lang)}</span>}
        {withdrawn ? (
          <span>{t("sim.withdrawn")}</span>
        ) : (
          over && <span>{because(line.reason, lang) || t("sim.notSent")}</span>
        )}
        {line.attempts > 1 && <span>{t("commands.attempt", { number: line.attempts })}</span>}
        <Act onClick={() => acts.onWhy(line)}>{line.outgoing ? t("why.said") : t("why.open")}</Act>
        {line.state === LineState.PENDING && (
          <>
            <Act disabled={simulation.busy} onClick={() => order(CommandAction.SEND_NOW)}>
              {t("sim.sendNow")}
            </Act>
            <Act disabled={simulation.busy} onClick={() => acts.onEdit(line)}>
              {t("sim.editSend")}
            </Act>
            <Act disabled={simulation.busy} onClick={() => order(CommandAction.UNSPECIFIED)}>
              {t("sim.cancelSend")}
            </Act>
          </>
        )}
        {line.outgoing && line.instance && <Act onClick={() => acts.onReword(line)}>{t("sim.reword")}</Act>}
        {line.step > 0 && (
          <Act disabled={simulation.busy} onClick={() => acts.onRewind(line)}>
            {t("sim.rewind")}
          </Act>
        )}
        {last && !withdrawn && (
          <Act
            disabled={simulation.busy}
            onClick={() =>
              void simulation
                .play({ action: { case: "withdraw", value: { person: line.sender, group: line.group } } })
                .catch(() => {})
            }
          >
            {t("sim.withdraw")}
          </Act>
        )}
      </div>
      {quiet && <p className="rounded bg-warn/10 px-2 py-0.5 text-xs text-ink">{quiet}</p>}
    </li>
  );
}

function Act({ children, ...rest }: { children: ReactNode; disabled?: boolean; onClick: () => void }) {
  return (
    <button type="button" className="py-0.5 text-primary hover:underline disabled:opacity-50" {...rest}>
      {children}
    </button>
  );
}
