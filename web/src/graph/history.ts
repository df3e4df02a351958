import type { Doc } from "./doc";

/** Step is one change that can be undone, with its name. */
interface Step {
  doc: Doc;
  name: string;
  merge: string;
  at: number;
}

/** History is the document and what it was before and after. At least 200 steps are kept. */
export interface History {
  readonly now: Doc;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

const kept = 300;
const mergeWithin = 1000;

/** begin starts a history. */
export function begin(doc: Doc): History {
  return { now: doc, past: [], future: [] };
}

/**
 * change makes a step. Steps with the same merge key within a second are one, so that a word typed in one field is one undo; an empty key
 * never merges.
 */
export function change(history: History, doc: Doc, name: string, merge = "", at = Date.now()): History {
  if (doc === history.now) return history;
  const last = history.past.at(-1);
  if (merge !== "" && last?.merge === merge && at - last.at < mergeWithin) {
    return { now: doc, past: [...history.past.slice(0, -1), { ...last, at }], future: [] };
  }
  return { now: doc, past: [...history.past, { doc: history.now, name, merge, at }].slice(-kept), future: [] };
}

/** undo goes back one step. */
export function undo(history: History): History {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    now: last.doc,
    past: history.past.slice(0, -1),
    future: [...history.future, { ...last, doc: history.now, merge: "" }],
  };
}

/** redo goes forward one step. */
export function redo(history: History): History {
  const next = history.future.at(-1);
  if (!next) return history;
  return {
    now: next.doc,
    past: [...history.past, { ...next, doc: history.now, merge: "" }],
    future: history.future.slice(0, -1),
  };
}
