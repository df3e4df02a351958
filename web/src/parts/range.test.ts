import { timestampDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { addDays, dayOf, rangeOf, startOf } from "./range";

test("a day belongs to the zone, not to the reader's machine", () => {
  expect(dayOf(new Date("2026-11-20T15:59:59Z"), "Asia/Shanghai")).toBe("2026-11-20");
  expect(dayOf(new Date("2026-11-20T16:00:00Z"), "Asia/Shanghai")).toBe("2026-11-21");
});

test.each([
  ["2026-11-21", "Asia/Shanghai", "2026-11-20T16:00:00.000Z"],
  // Clocks change on these two days, after midnight.
  ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
  ["2026-10-26", "Europe/Berlin", "2026-10-25T23:00:00.000Z"],
  ["2026-11-21", "America/New_York", "2026-11-21T05:00:00.000Z"],
])("%s in %s begins at %s", (day, zone, begins) => {
  expect(startOf(day, zone).toISOString()).toBe(begins);
});

test("days are counted over the end of a month and a year", () => {
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
});

describe("a range", () => {
  const today = "2026-11-21";
  const read = (name: string, from = "", to = "") => {
    const range = rangeOf(name, from, to, today, "week");
    return [range.name, range.first, range.last, range.until && timestampDate(range.until).toISOString()];
  };
  test.each([
    ["today", "", "", ["today", today, today, undefined]],
    ["yesterday", "", "", ["yesterday", "2026-11-20", "2026-11-20", "2026-11-20T16:00:00.000Z"]],
    ["week", "", "", ["week", "2026-11-15", today, undefined]],
    ["month", "", "", ["month", "2026-10-23", today, undefined]],
    ["", "2026-11-01", "2026-11-03", ["days", "2026-11-01", "2026-11-03", "2026-11-03T16:00:00.000Z"]],
    ["", "2026-11-01", "2027-11-03", ["days", "2026-11-01", today, undefined]],
    // 92 days at most are counted at once.
    ["", "2020-01-01", today, ["days", "2026-08-22", today, undefined]],
    // What cannot be read gives the default.
    ["", "2026-11-03", "2026-11-01", ["week", "2026-11-15", today, undefined]],
    ["", "2027-11-03", "2027-11-04", ["week", "2026-11-15", today, undefined]],
    ["century", "x", "y", ["week", "2026-11-15", today, undefined]],
  ])("%s %s %s", (name, from, to, want) => {
    expect(read(name, from, to)).toEqual(want);
  });
});
