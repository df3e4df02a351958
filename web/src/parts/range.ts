import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useMemo, useSyncExternalStore } from "react";
import type { ListParams } from "./list";
import { zone } from "./time";

/** ranges are the ranges that have a name; days are whole days of the workspace's zone. */
export const ranges = ["today", "yesterday", "week", "month"] as const;
export type RangeName = (typeof ranges)[number];

/** maxDays is the longest range that the server counts at once. */
export const maxDays = 92;

const msOfDay = 86_400_000;

/** dayOf is the day (YYYY-MM-DD) on which a moment falls in a zone. */
export function dayOf(date: Date, timeZone = zone.name): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
}

/** addDays counts days on from a day. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * msOfDay).toISOString().slice(0, 10);
}

/** startOf is the moment at which a day begins in a zone, also where the clock changes. */
export function startOf(day: string, timeZone = zone.name): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let guess = wanted;
  // The offset at the guess may differ from the one at the answer, so the second round settles it.
  for (let round = 0; round < 2; round++) guess = wanted - offset(new Date(guess), timeZone);
  return new Date(guess);
}

function offset(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const told = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return told - Math.floor(at.getTime() / 1000) * 1000;
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** Range is a stretch of whole days; until is unset while it goes on to the present. */
export interface Range {
  name: RangeName | "days";
  first: string;
  last: string;
  since: Timestamp;
  until: Timestamp | undefined;
}

/** rangeOf reads a range: its name, or its first and last day. What cannot be read gives the default. */
export function rangeOf(name: string, from: string, to: string, today: string, otherwise: RangeName): Range {
  const known = ranges.find((r) => r === name);
  if (!known && isDay(from) && isDay(to) && from <= to) {
    const last = to > today ? today : to;
    const first = from < addDays(last, 1 - maxDays) ? addDays(last, 1 - maxDays) : from;
    if (first <= last) return between("days", first, last, today);
  }
  switch (known ?? otherwise) {
    case "today":
      return between("today", today, today, today);
    case "yesterday":
      return between("yesterday", addDays(today, -1), addDays(today, -1), today);
    case "week":
      return between("week", addDays(today, -6), today, today);
    case "month":
      return between("month", addDays(today, -29), today, today);
  }
}

function between(name: Range["name"], first: string, last: string, today: string): Range {
  return {
    name,
    first,
    last,
    since: timestampFromDate(startOf(first)),
    until: last === today ? undefined : timestampFromDate(startOf(addDays(last, 1))),
  };
}

function everyMinute(tell: () => void) {
  const ticking = setInterval(tell, 60_000);
  return () => clearInterval(ticking);
}

/** useToday is the present day; a screen that stays open past midnight goes on with the next one. */
export function useToday(): string {
  return useSyncExternalStore(everyMinute, () => dayOf(new Date()));
}

const stored = "flowdesk.range";

/** keepRange makes a range the one with which screens open from now on in this browser. */
export function keepRange(name: RangeName): void {
  localStorage.setItem(stored, name);
}

/** useRange is the range in the address; without one, that which was chosen last, or else the screen's own. */
export function useRange(list: ListParams, otherwise: RangeName): Range {
  const today = useToday();
  const [from, to] = [list.get("from"), list.get("to")];
  const name = list.get("range") || (from && to ? "" : (localStorage.getItem(stored) ?? ""));
  return useMemo(() => rangeOf(name, from, to, today, otherwise), [name, from, to, today, otherwise]);
}

/** rangeQuery writes a range's days for the address of a list behind a figure. */
export function rangeQuery(range: Range): string {
  return `from=${range.first}&to=${range.last}`;
}

/** useDays reads the days that a list's address is limited to, if any. */
export function useDays(list: ListParams): { since?: Timestamp; until?: Timestamp } {
  const [from, to] = [list.get("from"), list.get("to")];
  const today = useToday();
  return useMemo(() => {
    if (!isDay(from) || !isDay(to)) return {};
    const { since, until } = rangeOf("", from, to, today, "today");
    return until ? { since, until } : { since };
  }, [from, to, today]);
}
