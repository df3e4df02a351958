import { useCallback, useEffect, useRef } from "react";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { usePoll } from "./poll";

/** useSometimes calls at once, and of the calls that follow within a time (in ms) makes one at its end. */
export function useSometimes(call: () => unknown, every: number): () => void {
  const last = useRef({ call, timer: undefined as ReturnType<typeof setTimeout> | undefined, again: false });
  last.current.call = call;
  useEffect(() => () => clearTimeout(last.current.timer), []);
  return useCallback(() => {
    const now = last.current;
    if (now.timer !== undefined) {
      now.again = true;
      return;
    }
    const rest = () => {
      now.timer = undefined;
      if (!now.again) return;
      now.again = false;
      now.call();
      now.timer = setTimeout(rest, every);
    };
    now.call();
    now.timer = setTimeout(rest, every);
  }, [every]);
}

// The service comes once the figures are there: the first page is not held up by it.
async function* listen(resumeToken: string, signal: AbortSignal) {
  const { SessionService } = await import("@gen/flowdesk/v1/session_service_pb");
  yield* client(SessionService).watchSessions({ resumeToken }, { signal });
}

/**
 * useHear reads figures anew when something happened in any group: messages, tasks, alerts, commands and runs all do. It reads once in a
 * time (in ms) at most, and gives the interval at which figures that change by time alone are read besides. It listens once it is ready.
 */
export function useHear(read: () => unknown, atMost: number, besides: number, ready = true): number | false {
  const soon = useSometimes(read, atMost);
  useWatch(listen, ready ? "" : undefined, ({ report }) => report.case === "session" && soon(), soon, "figures");
  return usePoll(besides);
}
