import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, pauseLive, type Report, silence, unseen, type Watcher } from "./live";

// Stream is a stream that the test writes: reports that wait for their reader, and its end.
class Stream {
  readonly from: string;
  readonly signal: AbortSignal;
  private wake: () => void = () => {};
  private readonly waiting: (Report | Error)[] = [];
  constructor(from: string, signal: AbortSignal) {
    this.from = from;
    this.signal = signal;
    signal.addEventListener("abort", () => this.put(new ConnectError("gone", Code.Canceled)));
  }
  put(next: Report | Error) {
    this.waiting.push(next);
    this.wake();
  }
  async *[Symbol.asyncIterator]() {
    for (;;) {
      const next = this.waiting.shift();
      if (next instanceof Error) throw next;
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

const streams: Stream[] = [];
const heard: string[] = [];
let gaps = 0;
let screen: AbortController;
const last = () => streams.at(-1) as Stream;
const said = (token: string): Report => ({ report: { case: "task" }, resumeToken: token });
const beat = (token: string): Report => ({ report: { case: "heartbeat" }, resumeToken: token });
const settle = () => vi.advanceTimersByTimeAsync(0);

const watcher: { current: Watcher<Report> } = {
  current: {
    open: (token, signal) => {
      streams.push(new Stream(token, signal));
      return last();
    },
    onReport: (report) => heard.push(report.resumeToken),
    onGap: () => gaps++,
  },
};

function hide(hidden: boolean) {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(async () => {
  vi.useFakeTimers();
  streams.length = heard.length = gaps = 0;
  screen = new AbortController();
  void follow("list", watcher, screen.signal);
  await settle();
});

afterEach(async () => {
  screen.abort();
  hide(false);
  pauseLive(false);
  await vi.advanceTimersByTimeAsync(0);
  vi.useRealTimers();
});

test("a stream that breaks off goes on from its last report", async () => {
  last().put(said("a"));
  await settle();
  last().put(new ConnectError("the proxy hung up", Code.Unavailable));
  await vi.advanceTimersByTimeAsync(600);
  expect(streams.map((s) => s.from)).toEqual(["list", "a"]);
  expect([heard, gaps]).toEqual([["a"], 0]);
});

test("a place that the server does not know any more has everything read anew", async () => {
  last().put(new ConnectError("lagged", Code.Aborted));
  await vi.advanceTimersByTimeAsync(600);
  last().put(new ConnectError("lagged", Code.Aborted));
  await vi.advanceTimersByTimeAsync(1100);
  expect(streams.map((s) => s.from)).toEqual(["list", "list", ""]);
  expect(gaps).toBe(1);
});

test("a stream that says nothing, not even that it lives, is left for a new one", async () => {
  last().put(beat("a"));
  await vi.advanceTimersByTimeAsync(silence - 1000);
  last().put(beat("b"));
  await vi.advanceTimersByTimeAsync(silence - 1000);
  expect(streams.length).toBe(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(streams.map((s) => s.from)).toEqual(["list", "b"]);
  expect(gaps).toBe(0);
});

test("what comes while the reader has paused is read once they go on", async () => {
  pauseLive(true);
  last().put(said("a"));
  await settle();
  expect([heard, gaps]).toEqual([[], 0]);
  pauseLive(false);
  expect([heard, gaps]).toEqual([[], 1]);
  last().put(said("b"));
  await settle();
  expect(heard).toEqual(["b"]);
  pauseLive(true);
  pauseLive(false);
  expect(gaps, "nothing was missed").toBe(1);
});

test("a page that nobody looks at lets its connection go, and goes on where it was when somebody does", async () => {
  last().put(said("a"));
  hide(true);
  await vi.advanceTimersByTimeAsync(unseen - 1000);
  expect(last().signal.aborted, "a short look elsewhere costs nothing").toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(last().signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams.length).toBe(1);
  hide(false);
  await settle();
  expect(streams.map((s) => s.from)).toEqual(["list", "a"]);
  expect(gaps).toBe(0);
});

test("a reader who may not hear is not asked again and again", async () => {
  last().put(new ConnectError("no", Code.PermissionDenied));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams.length).toBe(1);
});
