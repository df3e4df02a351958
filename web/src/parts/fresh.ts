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
