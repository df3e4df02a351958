import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import type { Session } from "@gen/flowdesk/v1/resource_session_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { useEffect, useRef, useState } from "react";
import { client } from "@/api/transport";
import { ms, newest } from "./lines";

/**
 * useSeen moves the reader's mark of a session while they look at the end of its chat: not while they read further up, nor in a tab that is
 * behind others. It moves once for what people said last, so that what somebody marks as unread elsewhere stays so.
 */
export function useSeen(
  { session, fresh }: { session: Session | undefined; fresh: boolean },
  atEnd: boolean,
  messages: Message[],
  onSeen: (unread: number) => void,
): void {
  const looked = useLooked();
  const tell = useRef(onSeen);
  tell.current = onSeen;
  const marked = useRef<string>(undefined);
  const name = session?.name;
  const unread = (session?.unread ?? 0) > 0;
  const message = newest(messages);
  const said = messages.find((m) => m.id === newest(messages.filter((m) => !m.outgoing)));
  const heard = said?.id ?? message;
  // What was read of the session since the chat was opened knows of what was said last.
  const knows = fresh && ms(session?.lastMessageTime) >= ms(said?.receiveTime);
  useEffect(() => {
    if (!name || !message || marked.current === heard) return;
    if (!unread && knows) marked.current = heard; // it was seen before
    if (!unread || !atEnd || !looked) return;
    marked.current = heard;
    client(SessionService)
      .markSessionRead({ name, message })
      .then((answer) => tell.current(answer.unread))
      .catch(() => {
        marked.current = undefined; // it stays unread, and the next message tries again
      });
  }, [name, unread, atEnd, looked, message, heard, knows]);
}

/** Seen is what an open chat tells of its session. */
export interface Seen {
  session: string;
  unread: number;
}

/** useSeenEverywhere is what this page or another tab of the same browser told last, and tells it to all of them. */
export function useSeenEverywhere(): [Seen | undefined, (seen: Seen) => void] {
  const [seen, setSeen] = useState<Seen>();
  const channel = useRef<BroadcastChannel>(undefined);
  useEffect(() => {
    if (typeof BroadcastChannel === "undefined") return;
    const tabs = new BroadcastChannel("flowdesk.seen");
    tabs.onmessage = ({ data }: MessageEvent<Seen>) => setSeen(data);
    channel.current = tabs;
    return () => {
      channel.current = undefined;
      tabs.close();
    };
  }, []);
  const tell = (next: Seen) => {
    setSeen(next);
    channel.current?.postMessage(next);
  };
  return [seen, tell];
}

function useLooked(): boolean {
  const [looked, setLooked] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setLooked(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return looked;
}
