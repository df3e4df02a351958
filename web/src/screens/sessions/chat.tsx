import { useQuery } from "@connectrpc/connect-query";
import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Bubble } from "@/parts/bubble";
import { usePoll } from "@/parts/poll";
import { Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { Compose } from "./compose";
import { Hold } from "./hold";

/** Chat is a group's conversation, newest at the bottom, with what the robots are about to say. */
export function Chat({ session, beside }: { session: string; beside?: ReactNode }) {
  const { t } = useText();
  const [older, setOlder] = useState<Message[]>([]);
  const [olderToken, setOlderToken] = useState<string>();
  const [live, setLive] = useState<ReadonlyMap<string, Message>>(new Map());
  const { data, error, refetch } = useQuery(SessionService.method.listMessages, { parent: session, pageSize: 50 });
  const held = useQuery(SessionService.method.getSession, { name: session }, { refetchInterval: usePoll(5000) });
  useWatch(
    (resumeToken, signal) => client(SessionService).watchMessages({ resumeToken, session }, { signal }),
    data?.resumeToken,
    ({ report }) =>
      report.case === "message" && setLive((before) => new Map(before).set(report.value.id, report.value)),
    refetch,
    session,
  );
  const end = useRef<HTMLDivElement>(null);
  const messages = merge([...(data?.messages ?? []), ...older], live);
  const last = messages.at(-1)?.id;
  const shown = held.data !== undefined; // the bar above comes later and takes room
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the newest message only
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "end" });
  }, [last, shown]);
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!data) return <Skeleton />;
  const more = olderToken ?? data.nextPageToken;
  const readOlder = async () => {
    const page = await client(SessionService).listMessages({ parent: session, pageSize: 50, pageToken: more });
    setOlder((before) => [...before, ...page.messages]);
    setOlderToken(page.nextPageToken);
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Hold session={held.data?.session} more={beside} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3" role="log" aria-label={t("sessions.chat")} tabIndex={0}>
        {more && (
          <div className="pb-3 text-center">
            <Button size="small" onClick={() => void readOlder()}>
              {t("sessions.older")}
            </Button>
          </div>
        )}
        <ol className="flex flex-col gap-3">
          {messages.map((message) => (
            <Bubble key={message.id} message={message} />
          ))}
        </ol>
        {held.data?.session?.commands.map((command) => (
          <div
            key={command.id}
            className="mt-3 ml-auto w-fit max-w-[80%] rounded-card border border-dashed px-3 py-2 text-soft opacity-80"
          >
            {t("sessions.pending")}
          </div>
        ))}
        <div ref={end} />
      </div>
      <Compose session={session} />
    </div>
  );
}

function merge(read: Message[], live: ReadonlyMap<string, Message>): Message[] {
  const all = new Map(read.map((m) => [m.id, m]));
  for (const [id, message] of live) all.set(id, message);
  return [...all.values()].sort((a, b) => order(a) - order(b));
}

const order = (m: Message) => Number(m.receiveTime?.seconds ?? 0n) * 1000 + (m.receiveTime?.nanos ?? 0) / 1e6;
