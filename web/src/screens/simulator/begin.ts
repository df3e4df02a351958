import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { zone } from "@/parts/time";

/** today is a time of day of the present day, in the organisation's zone. */
export function today(hour: number, now = new Date()): Date {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone.name,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const read = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  const into = (read("hour") * 60 + read("minute")) * 60 + read("second");
  return new Date(Math.floor(now.getTime() / 1000 - into + hour * 3600) * 1000);
}

/** beginning is the setup of a simulation that nobody set up: ten in the morning, when the robot answers at once, at whatever hour one looks. */
export function beginning() {
  return { startTime: timestampFromDate(today(10)) };
}
