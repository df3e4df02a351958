import { useState } from "react";

/** most is how many things one can mark singly; all that match a filter may be more. */
export const most = 500;

/** counting is an action with which all that match can be counted: one for which nothing is left to choose, since a wrong choice is refused. */
export function counting<A extends { choose?: { choices: unknown[] }; own?: { wrong: boolean } }>(
  actions: A[],
): A | undefined {
  return (
    actions.find((a) => !a.choose && !a.own?.wrong) ?? actions.find((a) => a.choose?.choices.length && !a.own?.wrong)
  );
}

/** Everything is all that the filters match, as counted by the server. */
export interface Everything {
  count: number;
  /** True when more match than one job takes. */
  more: boolean;
}

/** Chosen are the rows of a list that the reader has marked. */
export interface Chosen<Row> {
  rows: Row[];
  has: (row: Row) => boolean;
  toggle: (row: Row) => void;
  /** Marks these instead of those before. */
  take: (rows: Row[]) => void;
  /** Set while all that match are chosen, seen or not. */
  everything: Everything | undefined;
  takeAll: (everything: Everything) => void;
}

/** useChosen keeps marked rows through pages and changes; with other filters (of) none is marked. */
export function useChosen<Row>(present: Row[] | undefined, key: (row: Row) => string, of: string): Chosen<Row> {
  const [state, setState] = useState<{ of: string; rows: ReadonlyMap<string, Row>; everything?: Everything }>({
    of,
    rows: new Map(),
  });
  const marked = state.of === of ? state.rows : new Map<string, Row>();
  const everything = state.of === of ? state.everything : undefined;
  const now = new Map(present?.map((row) => [key(row), row]));
  return {
    // What changed meanwhile is acted on as it is now.
    rows: [...marked].map(([k, row]) => now.get(k) ?? row),
    has: (row) => everything !== undefined || marked.has(key(row)),
    toggle: (row) => {
      // Of all that match, what is in sight stays marked.
      const next = new Map(everything ? present?.slice(0, most).map((r) => [key(r), r]) : marked);
      if (!next.delete(key(row)) && next.size < most) next.set(key(row), row);
      setState({ of, rows: next });
    },
    take: (rows) => setState({ of, rows: new Map(rows.slice(0, most).map((row) => [key(row), row])) }),
    everything,
    takeAll: (all) => setState({ of, rows: marked, everything: all }),
  };
}
