import type { DelayRule } from "@gen/flowdesk/v1/nodes_reply_pb";
import { Priority, type TimeWindow } from "@gen/flowdesk/v1/types_pb";

/** Interval is a part of a day in minutes from midnight: the start belongs to it, the end does not. */
export interface Interval {
  from: number;
  to: number;
}

/** Cover is what windows leave out of a day and what they cover more than once, in order of the day. */
export interface Cover {
  gaps: Interval[];
  overlaps: Interval[];
}

export const dayMinutes = 24 * 60;

/** minuteOf reads HH:MM up to 24:00; anything else is undefined. */
export function minuteOf(text: string): number | undefined {
  const found = /^(\d{2}):(\d{2})$/.exec(text);
  if (!found) return undefined;
  const [hours, minutes] = [Number(found[1]), Number(found[2])];
  const minute = hours * 60 + minutes;
  return minutes < 60 && minute <= dayMinutes ? minute : undefined;
}

/** clockOf writes a minute as HH:MM. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** tidyClock reads a time of day as people type it (9:5, 9：30, 0930, 21) and writes HH:MM; what is no time stays. */
export function tidyClock(text: string): string {
  const plain = text
    .replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[：.．]/g, ":")
    .trim();
  const found = /^(\d{1,2})(?::(\d{1,2}))?$/.exec(plain) ?? /^(\d{1,2})(\d{2})$/.exec(plain);
  if (!found) return text;
  const tidy = `${String(found[1]).padStart(2, "0")}:${(found[2] ?? "0").padStart(2, "0")}`;
  return minuteOf(tidy) === undefined ? text : tidy;
}

/** piecesOf gives a window as one interval, or two when it runs over midnight. An end equal to the start is the whole day. */
export function piecesOf(window: Pick<TimeWindow, "start" | "end"> | undefined): Interval[] {
  const start = minuteOf(window?.start ?? "");
  const to = minuteOf(window?.end ?? "");
  if (start === undefined || to === undefined) return [];
  const from = start % dayMinutes;
  if (from < to) return [{ from, to }];
  return [
    { from: 0, to },
    { from, to: dayMinutes },
  ].filter((piece) => piece.from < piece.to);
}

/** coverOf finds gaps and overlaps, each as long as it goes. */
export function coverOf(pieces: Interval[]): Cover {
  const borders = [...new Set([0, dayMinutes, ...pieces.flatMap((p) => [p.from, p.to])])].sort((a, b) => a - b);
  const cover: Cover = { gaps: [], overlaps: [] };
  for (let i = 0; i + 1 < borders.length; i++) {
    const [from, to] = [borders[i] ?? 0, borders[i + 1] ?? 0];
    const over = pieces.filter((p) => p.from <= from && to <= p.to).length;
    if (over === 1) continue;
    const list = over === 0 ? cover.gaps : cover.overlaps;
    const last = list.at(-1);
    if (last?.to === from) last.to = to;
    else list.push({ from, to });
  }
  return cover;
}

/** complementOf is the rest of the day. */
export function complementOf(pieces: Interval[]): Interval[] {
  return coverOf(pieces).gaps;
}

export const priorities = [Priority.HIGH, Priority.MEDIUM, Priority.LOW] as const;

/** rulesFor are the rules about a priority; a rule without priorities is about all. */
export function rulesFor(rules: readonly DelayRule[], priority: Priority): DelayRule[] {
  return rules.filter((rule) => rule.priorities.length === 0 || rule.priorities.includes(priority));
}

/** coverOfRules is the cover of a delay table for one priority. */
export function coverOfRules(rules: readonly DelayRule[], priority: Priority): Cover {
  return coverOf(rulesFor(rules, priority).flatMap((rule) => piecesOf(rule.window)));
}

/** isTorn tells that a table of its own leaves out a part of the day, or decides one twice: the server refuses such a table. */
export function isTorn(rules: readonly DelayRule[]): boolean {
  return (
    rules.length > 0 &&
    priorities.some((priority) => {
      const { gaps, overlaps } = coverOfRules(rules, priority);
      return gaps.length > 0 || overlaps.length > 0;
    })
  );
}
