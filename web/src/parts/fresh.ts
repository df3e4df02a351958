import { useEffect, useState } from "react";

/** Fresh are the rows of a list that a watch keeps up to date without moving them. */
export interface Fresh<Row> {
  rows: Row[] | undefined;
  count: number;
  take: (row: Row) => void;
  onShow: () => void;
}

/**
 * useFresh changes rows in place as reports of them come in, and counts those of things that are not on the page, so that nothing jumps
 * under the reader's hand: they come when asked for.
 */
export function useFresh<Data, Row>(
  data: Data | undefined,
  rowsOf: (data: Data) => Row[],
  key: (row: Row) => string,
  refetch: () => unknown,
): Fresh<Row> {
  const [patches, setPatches] = useState<ReadonlyMap<string, Row>>(new Map());
  const [others, setOthers] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: new data makes the old reports void
  useEffect(() => {
    setPatches(new Map());
    setOthers(new Set());
  }, [data]);
  const base = data ? rowsOf(data) : undefined;
  return {
    rows: base?.map((row) => patches.get(key(row)) ?? row),
    count: others.size,
    take: (row) => {
      if (base?.some((known) => key(known) === key(row))) setPatches((before) => new Map(before).set(key(row), row));
      else setOthers((before) => (before.size >= 999 ? before : new Set(before).add(key(row))));
    },
    onShow: () => void refetch(),
  };
}

/** Held are the rows of a list that is read anew now and then, without moving them. */
export interface Held<Row> {
  rows: Row[] | undefined;
  count: number;
  onShow: () => void;
}

/**
 * useHeld keeps the rows of a list where they are when it is read anew: they change in place and go when they are gone, and those that came
 * are counted until they are asked for. What the list is of (filters and page) tells when it is another list.
 */
export function useHeld<Row>(rows: Row[] | undefined, key: (row: Row) => string, of: string): Held<Row> {
  const [held, setHeld] = useState<{ of: string; keys: string[] }>();
  const known = held?.of === of ? held.keys : undefined;
  // The first rows of a list are those that it holds.
  if (rows && !known) setHeld({ of, keys: rows.map(key) });
  if (!rows || !known) return { rows, count: 0, onShow: () => {} };
  return { ...hold(rows, key, known), onShow: () => setHeld({ of, keys: rows.map(key) }) };
}

/** hold are the rows whose keys are known, in the order of the keys, and how many others there are. */
export function hold<Row>(rows: Row[], key: (row: Row) => string, known: string[]): { rows: Row[]; count: number } {
  const present = new Map(rows.map((row) => [key(row), row]));
  const kept = known.flatMap((k) => present.get(k) ?? []);
  return { rows: kept, count: rows.length - kept.length };
}
