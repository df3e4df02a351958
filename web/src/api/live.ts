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
  return () => void listeners.delete(listener);
}

/** useLiveState is the state of the live data, for the chip. */
export function useLiveState(): { state: LiveState; since: number } {
  const present = useSyncExternalStore(subscribe, () => state);
  return { state: present, since };
}

/** pauseLive stops or goes on with all live updates. What came in between is read anew when they go on. */
export function pauseLive(next: boolean): void {
  paused = next;
  tell(next ? "paused" : streams > 0 ? "live" : "idle");
}

/** Report is one message of a watch stream. */
export interface Report {
  report: { case: string | undefined };
  resumeToken: string;
}

/** Watcher is what a stream is followed with. */
export interface Watcher<R extends Report> {
  open: ((resumeToken: string, signal: AbortSignal) => AsyncIterable<R>) | undefined;
  onReport: (report: R) => void;
  onGap: () => void;
}

/**
 * useWatch follows a stream as long as the screen shows it, takes it up again where it broke off, and says so in the chip. When the
 * stream cannot go on from its token it calls onGap: what is on screen must be read anew.
 */
export function useWatch<R extends Report>(
  open: Watcher<R>["open"],
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

const waits = [500, 1000, 2000, 5000, 10000];

/** silence is how long a stream may say nothing before it counts as broken, in ms: the server gives a sign of life every 15 s. */
export const silence = 40_000;

/** unseen is how long a hidden page keeps its streams, in ms: browsers allow six connections to a host over plain HTTP, for all pages together. */
export const unseen = 20_000;

/** follow reads a stream until the signal, through breaks, silences and times at which nobody looks. Exported for tests. */
export async function follow<R extends Report>(
  token: string,
  watcher: { current: Watcher<R> },
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let missed = false;
  const goOn = () => {
    if (paused || !missed) return;
    missed = false;
    watcher.current.onGap();
  };
  listeners.add(goOn);
  signal.addEventListener("abort", () => listeners.delete(goOn));
  while (!signal.aborted) {
    await seen(signal);
    if (signal.aborted) break;
    let open = false;
    let refused = false;
    const turn = lease(signal);
    try {
      const stream = watcher.current.open?.(token, turn.signal);
      if (!stream) break;
      for await (const report of stream) {
        turn.alive();
        if (!open) {
          open = true;
          streams++;
          failures = 0;
          if (!paused) tell("live");
        }
        if (report.resumeToken) token = report.resumeToken;
        if (!report.report.case || report.report.case === "heartbeat") continue;
        if (paused) missed = true;
        else watcher.current.onReport(report);
      }
    } catch (failure) {
      if (isRefusal(failure)) refused = true;
      if (!refused && !signal.aborted && !turn.signal.aborted && failures > 0) {
        token = "";
        watcher.current.onGap();
      }
    } finally {
      turn.end();
      if (open) streams--;
    }
    if (signal.aborted || refused) break;
    if (turn.hidden()) continue;
    if (!paused) tell("connecting");
    await pause(waits[Math.min(failures++, waits.length - 1)] ?? 10000, signal);
  }
  if (streams === 0 && !paused) tell("idle");
}

// One turn of a stream: it ends with its screen, when nothing was heard for too long, and when nobody looks at the page.
function lease(screen: AbortSignal) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  let quiet = setTimeout(stop, silence);
  let leave: ReturnType<typeof setTimeout> | undefined;
  let left = false;
  const look = () => {
    clearTimeout(leave);
    if (document.hidden)
      leave = setTimeout(() => {
        left = true;
        stop();
      }, unseen);
  };
  screen.addEventListener("abort", stop);
  document.addEventListener("visibilitychange", look);
  look();
  return {
    signal: abort.signal,
    hidden: () => left,
    alive: () => {
      clearTimeout(quiet);
      quiet = setTimeout(stop, silence);
    },
    end: () => {
      clearTimeout(quiet);
      clearTimeout(leave);
      screen.removeEventListener("abort", stop);
      document.removeEventListener("visibilitychange", look);
    },
  };
}

// Resolves when somebody sees the page.
function seen(signal: AbortSignal) {
  if (!document.hidden) return Promise.resolve();
  return new Promise<void>((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
  });
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
