import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { useCallback, useEffect, useRef, useState } from "react";
import { isConflict, isDenied, problem } from "@/api/problem";
import { client } from "@/api/transport";
import { type Doc, docOf, sameDoc } from "@/graph/doc";
import { begin, change, type History, redo, undo } from "@/graph/history";
import { type Clash, merge } from "@/graph/merge";
import { useText } from "@/i18n";
import { forget, recall, remember } from "./journal";

/** SaveState is where the draft stands with the server. */
export type SaveState =
  | { state: "saved"; at: number }
  | { state: "dirty" | "saving" }
  | { state: "offline"; message: string; refused: boolean }
  | { state: "conflict"; clashes: Clash[]; theirs: Doc; revision: bigint };

const wait = 1500;
const longest = 10_000;

/** Draft is a flow's draft as it is edited here: its document with undo, and its saving. */
export interface Draft {
  flow: Flow | undefined;
  error: unknown;
  history: History;
  save: SaveState;
  revision: bigint;
  merged: number;
  edit: (doc: Doc, name: string, merge?: string) => void;
  undo: () => void;
  redo: () => void;
  resolve: (prefer: (key: string) => "mine" | "theirs") => void;
  flush: () => Promise<boolean>;
  /** Reads the flow anew, after publishing or rolling back: undo goes on as before. */
  refresh: () => Promise<void>;
}

/**
 * useDraft keeps a draft by itself a moment after each change, and never over somebody else's: a refused save brings both together, and
 * what both changed is asked. Until it is saved the work is also kept in the browser.
 */
export function useDraft(name: string): Draft {
  const { t } = useText();
  const [flow, setFlow] = useState<Flow>();
  const [error, setError] = useState<unknown>();
  const [history, setHistory] = useState<History>(() => begin(docOf(undefined, undefined)));
  const [save, setSave] = useState<SaveState>({ state: "saved", at: Date.now() });
  const [merged, setMerged] = useState(0);
  const state = useRef({
    history,
    base: history.now,
    revision: 0n,
    busy: undefined as Promise<boolean> | undefined,
    firstDirty: 0,
    conflict: false,
  });
  state.current.history = history;

  const reload = useCallback(async () => {
    try {
      const { flow: read } = await client(FlowService).getFlow({ name });
      if (!read) return;
      const server = docOf(read.definition, read.layout);
      const kept = recall(name);
      let doc = server;
      if (kept && !sameDoc(kept.mine, server)) {
        const both = merge(kept.base, kept.mine, server);
        doc = both.doc;
        if (both.clashes.length > 0) {
          state.current.conflict = true;
          setSave({ state: "conflict", clashes: both.clashes, theirs: server, revision: read.revision });
        }
      }
      state.current = {
        ...state.current,
        base: kept && state.current.conflict ? kept.base : server,
        revision: read.revision,
      };
      const fresh = begin(server);
      setHistory(doc === server ? fresh : change(fresh, doc, t("drawing.restored")));
      setFlow(read);
    } catch (failure) {
      setError(failure);
    }
  }, [name, t]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another language is no reason to begin anew
  useEffect(() => void reload(), [name]);

  const refresh = useCallback(async () => {
    const { flow: read } = await client(FlowService).getFlow({ name });
    if (!read) return;
    const s = state.current;
    const theirs = docOf(read.definition, read.layout);
    if (!sameDoc(theirs, s.base)) {
      const both = merge(s.base, s.history.now, theirs);
      if (both.clashes.length > 0) {
        s.conflict = true;
        setSave({ state: "conflict", clashes: both.clashes, theirs, revision: read.revision });
        return;
      }
      setHistory((h) => change(h, both.doc, t("drawing.mergedStep")));
      s.base = theirs;
    }
    s.revision = read.revision;
    setFlow(read);
  }, [name, t]);

  const store = useCallback(async (): Promise<boolean> => {
    const s = state.current;
    const doc = s.history.now;
    if (s.conflict) return false;
    if (sameDoc(doc, s.base)) {
      forget(name);
      setSave({ state: "saved", at: Date.now() });
      return true;
    }
    setSave({ state: "saving" });
    try {
      const { flow: stored } = await client(FlowService).updateFlow({
        flow: { name, revision: s.revision, definition: doc.definition, layout: doc.layout },
        updateMask: { paths: ["definition", "layout"] },
      });
      if (stored) {
        s.base = doc;
        s.revision = stored.revision;
        s.firstDirty = 0;
        setFlow(stored);
        if (sameDoc(state.current.history.now, doc)) forget(name);
      }
      setSave({ state: "saved", at: Date.now() });
      return true;
    } catch (failure) {
      if (!isConflict(failure)) {
        setSave({ state: "offline", message: problem(failure).message, refused: isDenied(failure) });
        return false;
      }
      const { flow: read } = await client(FlowService).getFlow({ name });
      if (!read) return false;
      const theirs = docOf(read.definition, read.layout);
      const both = merge(s.base, state.current.history.now, theirs);
      if (both.clashes.length > 0) {
        s.conflict = true;
        setSave({ state: "conflict", clashes: both.clashes, theirs, revision: read.revision });
        return false;
      }
      s.base = theirs;
      s.revision = read.revision;
      setFlow(read);
      setHistory((h) => change(h, both.doc, t("drawing.mergedStep")));
      setMerged((n) => n + 1);
      return false;
    }
  }, [name, t]);

  const flush = useCallback(async (): Promise<boolean> => {
    const s = state.current;
    if (s.busy) await s.busy;
    s.busy = store().finally(() => {
      s.busy = undefined;
    });
    return s.busy;
  }, [store]);

  useEffect(() => {
    const s = state.current;
    if (!flow || s.conflict) return;
    if (sameDoc(history.now, s.base)) {
      // Undone before it was kept: there is nothing left to save.
      s.firstDirty = 0;
      if (!s.busy) forget(name);
      setSave((before) => (before.state === "dirty" ? { state: "saved", at: Date.now() } : before));
      return;
    }
    // Half a second of typing may be lost in a crash; writing it down at every letter would be felt.
    const note = setTimeout(() => remember(name, s.base, state.current.history.now), 500);
    const leave = () => remember(name, s.base, state.current.history.now);
    window.addEventListener("pagehide", leave);
    s.firstDirty ||= Date.now();
    setSave((before) => (before.state === "saved" || before.state === "conflict" ? { state: "dirty" } : before));
    const timer = setTimeout(() => void flush(), Math.max(0, Math.min(wait, s.firstDirty + longest - Date.now())));
    return () => {
      clearTimeout(timer);
      clearTimeout(note);
      window.removeEventListener("pagehide", leave);
    };
  }, [history, flow, name, flush]);

  // Offline work is tried again until the server answers.
  useEffect(() => {
    if (save.state !== "offline" || save.refused) return;
    const timer = setTimeout(() => void flush(), 3000);
    return () => clearTimeout(timer);
  }, [save, flush]);

  return {
    flow,
    error,
    history,
    save,
    merged,
    revision: state.current.revision,
    edit: useCallback((doc, step, key = "") => setHistory((h) => change(h, doc, step, key)), []),
    undo: useCallback(() => setHistory(undo), []),
    redo: useCallback(() => setHistory(redo), []),
    resolve: (prefer) => {
      if (save.state !== "conflict") return;
      const s = state.current;
      const both = merge(s.base, s.history.now, save.theirs, prefer);
      s.base = save.theirs;
      s.revision = save.revision;
      s.conflict = false;
      setSave({ state: "dirty" });
      setHistory((h) => change(h, both.doc, t("drawing.mergedStep")));
    },
    flush,
    refresh,
  };
}
