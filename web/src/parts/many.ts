import { useState } from "react";

/** most is how many things one act on many may touch. */
export const most = 500;

/** Failed is a thing that could not be acted on, and why. */
export interface Failed<Row> {
  row: Row;
  error: unknown;
}

/** Outcome is what became of an act on many. */
export interface Outcome<Row> {
  done: number;
  failed: Failed<Row>[];
  /** Things that it did not come to, because it was stopped. */
  left: number;
}

/**
 * runMany acts on things one after another, so that a server that refuses is not flooded and a stop leaves the rest as it was. It goes on after a
 * failure, and reports after each thing. The calls are those that people and programs make for one thing: each is checked against what the thing is by
 * then, may be refused alone, and has an audit record, which a job of the server over a filter would all have to repeat. 500 take a few seconds.
 */
export async function runMany<Row>(
  rows: Row[],
  run: (row: Row) => Promise<unknown>,
  report: (outcome: Outcome<Row>) => void,
  signal: AbortSignal,
): Promise<Outcome<Row>> {
  let outcome: Outcome<Row> = { done: 0, failed: [], left: rows.length };
  for (const row of rows.slice(0, most)) {
    if (signal.aborted) break;
    try {
      await run(row);
      outcome = { ...outcome, done: outcome.done + 1, left: outcome.left - 1 };
    } catch (error) {
      outcome = { ...outcome, failed: [...outcome.failed, { row, error }], left: outcome.left - 1 };
    }
    report(outcome);
  }
  return outcome;
}

/** Chosen are the rows of a list that the reader has marked. */
export interface Chosen<Row> {
  rows: Row[];
  has: (row: Row) => boolean;
  toggle: (row: Row) => void;
  /** Marks these instead of those before. */
  take: (rows: Row[]) => void;
}

/** useChosen keeps marked rows through pages and changes; with other filters (of) none is marked. */
export function useChosen<Row>(present: Row[] | undefined, key: (row: Row) => string, of: string): Chosen<Row> {
  const [state, setState] = useState<{ of: string; rows: ReadonlyMap<string, Row> }>({ of, rows: new Map() });
  const marked = state.of === of ? state.rows : new Map<string, Row>();
  const now = new Map(present?.map((row) => [key(row), row]));
  return {
    // What changed meanwhile is acted on as it is now.
    rows: [...marked].map(([k, row]) => now.get(k) ?? row),
    has: (row) => marked.has(key(row)),
    toggle: (row) => {
      const next = new Map(marked);
      if (!next.delete(key(row)) && next.size < most) next.set(key(row), row);
      setState({ of, rows: next });
    },
    take: (rows) => setState({ of, rows: new Map(rows.slice(0, most).map((row) => [key(row), row])) }),
  };
}
