import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import { Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { type Intent, IntentSchema } from "@gen/flowdesk/v1/understanding_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { WhyLink } from "./links";
import { Tag } from "./status";
import { Time } from "./time";

/** Bubble is one message of a chat; each leads to why it was said, or why it got no answer. */
export function Bubble({ message: m }: { message: Message }) {
  const { t, lang } = useText();
  const robot = m.outgoing || m.role === Role.ROBOT;
  return (
    <li className={cn("flex max-w-[85%] flex-col gap-0.5", robot ? "items-end self-end" : "items-start self-start")}>
      <div className="flex flex-wrap items-center gap-1.5 text-xs text-faint">
        <span className="font-medium text-soft">{m.senderName || t("word.robot")}</span>
        <Tag>{enumLabel(RoleSchema, m.role, lang)}</Tag>
        <Time at={m.receiveTime} />
      </div>
      <div
        className={cn(
          "rounded-card px-3 py-2 whitespace-pre-wrap",
          robot
            ? "bg-primary-soft"
            : m.role === Role.OPERATOR
              ? "border border-warn/40 bg-surface"
              : "border bg-surface",
          m.withdrawn && "line-through opacity-60",
        )}
      >
        {m.text || m.rawText}
      </div>
      <div className="flex flex-wrap items-center gap-2 text-xs text-faint">
        {m.intent !== (0 as Intent) && !robot && <span>{enumLabel(IntentSchema, m.intent, lang)}</span>}
        <WhyLink message={m.id}>{robot ? t("why.said") : t("why.open")}</WhyLink>
      </div>
    </li>
  );
}
