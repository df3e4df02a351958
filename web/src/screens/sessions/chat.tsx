import { useQuery } from "@connectrpc/connect-query";
import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Bubble } from "@/parts/bubble";
import { atEnd, useStayAtEnd } from "@/parts/grow";
import { useSometimes } from "@/parts/hear";
import { usePoll } from "@/parts/poll";
import { Failure, Skeleton } from "@/parts/states";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Compose } from "./compose";
import { Hold } from "./hold";
import { lines, merge } from "./lines";
import { Note, useNotes } from "./notes";
import { useSeen } from "./seen";

/** Chat is a group's conversation with what colleagues noted, newest at the bottom, and what the robots are about to say. */
export function Chat({
  session,
  beside,
  onSeen,
  onLeave,
}: {
  session: string;
  beside?: ReactNode;
  /** Tells what is unread after the reader saw the end. */
  onSeen: (unread: number) => void;
  /** The reader marked it as unread and comes back later. */
  onLeave: (unread: number) => void;
}) {
  const { t } = useText();
  const [failure, setFailure] = useState<unknown>();
  // Whoever marks it as unread does not read it in the moment until it is closed.
  const [leaving, setLeaving] = useState(false);
  const [older, setOlder] = useState<Message[]>([]);
  const [olderToken, setOlderToken] = useState<string>();
  const [live, setLive] = useState<ReadonlyMap<string, Message>>(new Map());
  const { data, error, refetch } = useQuery(SessionService.method.listMessages, { parent: session, pageSize: 50 });
  // A hold ends by time alone; all else about the session is heard with its messages.
  const held = useQuery(SessionService.method.getSession, { name: session }, { refetchInterval: usePoll(15_000) });
  const soon = useSometimes(held.refetch, 1_000);
  const log = useRef<HTMLDivElement>(null);
  // Who reads further up stays there, and is told of what came meanwhile.
  const [below, setBelow] = useState(true);
  const [unread, setUnread] = useState(false);
  const messages = merge([...(data?.messages ?? []), ...older], live);
  const more = olderToken ?? data?.nextPageToken;
  const notes = useNotes(session, more ? messages[0]?.receiveTime : undefined, data !== undefined);
  const noted = useSometimes(notes.refetch, 1_000);
  useWatch(
    (resumeToken, signal) => client(SessionService).watchMessages({ resumeToken, session }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "sessionNote" || report.case === "deletedNote") return noted();
      if (report.case === "message") setLive((before) => new Map(before).set(report.value.id, report.value));
      soon();
    },
    () => {
      void refetch();
      noted();
    },
    session,
  );
  const shownLines = lines(messages, notes.data ?? []);
  const last = shownLines.at(-1)?.key;
  useSeen(
    { session: held.data?.session, fresh: held.isFetchedAfterMount },
    below && data !== undefined && !leaving,
    messages,
    (count) => {
      onSeen(count);
      void held.refetch();
    },
  );
  useStayAtEnd(log, data !== undefined);
  const shown = held.data !== undefined; // the bar above comes later and takes room
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the newest message only
  useEffect(() => {
    if (below) toEnd(log.current);
    else setUnread(true);
  }, [last, shown]);
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!data) return <Skeleton />;
  const comeBack = async () => {
    setFailure(undefined);
    setLeaving(true);
    try {
      onLeave((await client(SessionService).markSessionUnread({ name: session })).unread);
    } catch (error) {
      setLeaving(false);
      setFailure(error);
    }
  };
  const readOlder = async () => {
    const page = await client(SessionService).listMessages({ parent: session, pageSize: 50, pageToken: more ?? "" });
    setOlder((before) => [...before, ...page.messages]);
    setOlderToken(page.nextPageToken);
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Hold session={held.data?.session} more={beside} onUnread={() => void comeBack()} />
      {failure !== undefined && <Failure error={failure} />}
      {notes.error && <Failure error={notes.error} onRetry={notes.refetch} />}
      <div
        ref={log}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
        role="log"
        aria-label={t("sessions.chat")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={(e) => {
          const near = atEnd(e.currentTarget);
          setBelow(near);
          if (near) setUnread(false);
        }}
      >
        {more && (
          <div className="pb-3 text-center">
            <Button size="small" onClick={() => void readOlder()}>
              {t("sessions.older")}
            </Button>
          </div>
        )}
        <ol className="flex flex-col gap-3">
          {shownLines.map((line) =>
            "note" in line ? (
              <Note key={line.key} note={line.note} />
            ) : (
              <Bubble key={line.key} message={line.message} />
            ),
          )}
        </ol>
        {held.data?.session?.commands.map((command) => (
          <Link
            key={command.id}
            to={`/commands?open=${command.id}`}
            className="mt-3 ml-auto block w-fit max-w-[80%] rounded-card border border-dashed px-3 py-2 text-soft hover:border-primary"
          >
            <span className="block text-xs text-faint">
              {t("sessions.pending")} {command.sendTime && <Time at={command.sendTime} ago />}
            </span>
            {command.text}
          </Link>
        ))}
      </div>
      {unread && (
        <button
          type="button"
          className="flex items-center justify-center gap-1 border-t bg-primary-soft py-1.5 text-primary"
          onClick={() => toEnd(log.current)}
        >
          <ArrowDown className="size-4" aria-hidden /> {t("sessions.fresh")}
        </button>
      )}
      <Compose session={session} />
    </div>
  );
}

function toEnd(log: HTMLElement | null) {
  if (log) log.scrollTop = log.scrollHeight;
}
