import { useEffect, useRef, useSyncExternalStore } from "react";
import { isRefusal } from "./problem";

/** LiveState is what the chip in the header says of the data on screen. */
export type LiveState = "idle" | "live" | "connecting" | "paused";

let state: LiveState = "idle";
let since = Date.now();
let paused = false;
let streams = 0;
const listeners = new Set<() => void>();

function tell(next: LiveState) {
  if (next === state) return;
  state = next;
  since = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** useLiveState is the state of the live data, for the chip. */
export function useLiveState(): { state: LiveState; since: number } {
  const present = useSyncExternalStore(subscribe, () => state);
  return { state: present, since };
}

/** pauseLive stops or goes on with all live updates. */
export function pauseLive(next: boolean): void {
  paused = next;
  tell(next ? "paused" : streams > 0 ? "live" : "idle");
}

/** Report is one message of a watch stream. */
interface Report {
  report: { case: string | undefined };
  resumeToken: string;
}

const waits = [500, 1000, 2000, 5000, 10000];

/**
 * useWatch follows a stream as long as the screen shows it, takes it up again where it broke off, and says so in the chip. When the
 * stream cannot go on from its token it calls onGap: what is on screen must be read anew.
 */
export function useWatch<R extends Report>(
  open: ((resumeToken: string, signal: AbortSignal) => AsyncIterable<R>) | undefined,
  from: string | undefined,
  onReport: (report: R) => void,
  onGap: () => void,
  key: string,
): void {
  const handlers = useRef({ open, onReport, onGap });
  handlers.current = { open, onReport, onGap };
  const ready = open !== undefined && from !== undefined;
  const start = useRef(from);
  start.current = from;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key is a new stream
  useEffect(() => {
    if (!ready) return;
    const abort = new AbortController();
    void follow(start.current ?? "", handlers, abort.signal);
    return () => abort.abort();
  }, [ready, key]);
}

async function follow<R extends Report>(
  token: string,
  handlers: {
    current: {
      open: ((t: string, s: AbortSignal) => AsyncIterable<R>) | undefined;
      onReport: (r: R) => void;
      onGap: () => void;
    };
  },
  signal: AbortSignal,
) {
  let failures = 0;
  while (!signal.aborted) {
    let open = false;
    let refused = false;
    try {
      const stream = handlers.current.open?.(token, signal);
      if (!stream) return;
      for await (const report of stream) {
        if (!open) {
          open = true;
          streams++;
          failures = 0;
          if (!paused) tell("live");
        }
        if (report.resumeToken) token = report.resumeToken;
        if (report.report.case && report.report.case !== "heartbeat" && !paused) handlers.current.onReport(report);
      }
    } catch (failure) {
      if (isRefusal(failure)) refused = true;
      if (!refused && !signal.aborted && failures > 0) {
        token = "";
        handlers.current.onGap();
      }
    } finally {
      if (open) streams--;
    }
    if (signal.aborted || refused) break;
    if (!paused) tell("connecting");
    await pause(waits[Math.min(failures++, waits.length - 1)] ?? 10000, signal);
  }
  if (streams === 0 && !paused) tell("idle");
}

function pause(ms: number, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
