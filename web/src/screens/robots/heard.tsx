import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { GroupLink, WhyLink } from "@/parts/links";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";

// A first message from a group may have made the group known.
const groups = createConnectQueryKey({ schema: DirectoryService.method.listGroups, cardinality: "finite" });

/** FirstMessages shows live what a robot hears: who said what in which group, and what became of it. */
export function FirstMessages({ robot }: { robot: string }) {
  const { t } = useText();
  const titles = useTitles();
  const queries = useQueryClient();
  const [came, setCame] = useState<Message[]>([]);
  const { data, refetch } = useQuery(SessionService.method.listMessages, { pageSize: 50 });
  const mine = (m: Message) => !m.outgoing && m.robots.some((r) => lastPart(r) === robot);
  useWatch(
    (resumeToken, signal) => client(SessionService).watchMessages({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case !== "message" || !mine(report.value)) return;
      const message = report.value;
      if (!came.some((m) => m.session === message.session)) void queries.invalidateQueries({ queryKey: groups });
      setCame((before) => [message, ...before.filter((m) => m.name !== message.name)].slice(0, 5));
    },
    refetch,
    `heard-${robot}`,
  );
  const shown = [...came, ...(data?.messages ?? []).filter((m) => mine(m) && !came.some((c) => c.name === m.name))];
  if (shown.length === 0) return null;
  return (
    <section aria-live="polite">
      <h3 className="mb-1 text-[13px] font-medium text-soft">{t("connect.heard")}</h3>
      <ul className="flex flex-col gap-1">
        {shown.slice(0, 5).map((m) => (
          <li
            key={m.name}
            className="flex flex-wrap items-baseline gap-x-2 rounded-card bg-sunken px-3 py-1.5 text-[13px]"
          >
            <Time at={m.receiveTime} seconds />
            <GroupLink session={m.session}>{titles.group(m.session)}</GroupLink>
            <span className="font-medium">{m.senderName}</span>
            <span className="min-w-0 flex-1">{m.text}</span>
            <WhyLink message={m.name}>{t("word.why")}</WhyLink>
          </li>
        ))}
      </ul>
    </section>
  );
}
