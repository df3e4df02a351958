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
