import type { Session } from "@gen/flowdesk/v1/resource_session_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { useEffect, useRef, useState } from "react";
import { client } from "@/api/transport";

/**
 * useSeen moves the reader's mark of a session while they look at the end of its chat: not while they read further up, nor in a tab that is
 * behind others. It moves once for each newest message, so that what somebody marks as unread elsewhere stays so.
 */
export function useSeen(
  session: Session | undefined,
  atEnd: boolean,
  message: string | undefined,
  onSeen: (unread: number) => void,
): void {
  const looked = useLooked();
  const tell = useRef(onSeen);
  tell.current = onSeen;
  const marked = useRef<string>(undefined);
  const name = session?.name;
  const unread = (session?.unread ?? 0) > 0;
  useEffect(() => {
    if (!name || !unread || !atEnd || !looked || !message || marked.current === message) return;
    marked.current = message;
    client(SessionService)
      .markSessionRead({ name, message })
      .then((answer) => tell.current(answer.unread))
      .catch(() => {
        marked.current = undefined; // it stays unread, and the next message tries again
      });
  }, [name, unread, atEnd, looked, message]);
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
