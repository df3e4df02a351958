import { timestampDate } from "@bufbuild/protobuf/wkt";
import { afterEach, expect, test } from "vitest";
import { dayStart, momentIn, momentText } from "./day";
import { zone } from "./time";

const before = zone.name;
afterEach(() => {
  zone.name = before;
});

test.each([
  ["Asia/Shanghai", "2026-03-01", 0, "2026-02-28T16:00:00.000Z"],
  ["Asia/Shanghai", "2026-02-28", 1, "2026-02-28T16:00:00.000Z"],
  ["Europe/Berlin", "2026-03-29", 0, "2026-03-28T23:00:00.000Z"],
  ["Europe/Berlin", "2026-03-29", 1, "2026-03-29T22:00:00.000Z"],
])("in %s the day %s and %d later begins at %s", (name, day, later, want) => {
  zone.name = name;
  const start = dayStart(day, later);
  expect(start && timestampDate(start).toISOString()).toBe(want);
});

test("no day has no beginning", () => {
  expect(dayStart("")).toBeUndefined();
  expect(dayStart("tomorrow")).toBeUndefined();
});

test.each([
  ["Asia/Shanghai", "2026-03-01T09:30", "2026-03-01T01:30:00.000Z"],
  ["Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00.000Z"],
  ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z"],
  ["America/New_York", "2026-12-31T23:59", "2027-01-01T04:59:00.000Z"],
])("in %s the time %s is %s, and the other way round", (name, text, want) => {
  zone.name = name;
  const moment = momentIn(text);
  expect(moment && timestampDate(moment).toISOString()).toBe(want);
  expect(momentText(Date.parse(want) + 59_999)).toBe(text);
});

test("what is no time is none", () => {
  expect(momentIn("")).toBeUndefined();
  expect(momentIn("tomorrow")).toBeUndefined();
});
