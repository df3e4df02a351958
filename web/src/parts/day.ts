import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { zone } from "./time";

// How far the zone's clock is ahead of UTC at a moment, in ms.
function ahead(ms: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone.name,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - ms;
}

/** dayStart is when a day (YYYY-MM-DD) begins in the workspace's time zone, so many days later; undefined for no day. */
export function dayStart(day: string, later = 0): Timestamp | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!match) return undefined;
  const midnight = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later);
  return timestampFromMs(midnight - ahead(midnight - ahead(midnight)));
}

/** momentIn is the moment that a date and time (YYYY-MM-DDTHH:MM) names in the workspace's time zone; undefined for none. */
export function momentIn(text: string): Timestamp | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  return Number.isNaN(wall) ? undefined : timestampFromMs(wall - ahead(wall - ahead(wall)));
}

/** momentText is a moment as a date and time (YYYY-MM-DDTHH:MM) of the workspace's time zone. */
export function momentText(ms: number): string {
  return new Date(ms + ahead(Math.floor(ms / 1000) * 1000)).toISOString().slice(0, 16);
}
