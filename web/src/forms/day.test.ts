import { create } from "@bufbuild/protobuf";
import { DelayRuleSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { Priority } from "@gen/flowdesk/v1/types_pb";
import { describe, expect, test } from "vitest";
import { clockOf, complementOf, coverOf, coverOfRules, isTorn, minuteOf, piecesOf, tidyClock } from "./day";

const windows = (...list: [string, string][]) => list.flatMap(([start, end]) => piecesOf({ start, end }));
const told = (list: { from: number; to: number }[]) => list.map((i) => `${clockOf(i.from)}-${clockOf(i.to)}`);

describe("times of day", () => {
  test.each([
    ["00:00", 0],
    ["09:30", 570],
    ["24:00", 1440],
    ["24:01", undefined],
    ["9:30", undefined],
    ["12:60", undefined],
    ["", undefined],
  ])("%s", (text, minute) => expect(minuteOf(text)).toBe(minute));

  test.each([
    ["9:5", "09:05"],
    ["９：３０", "09:30"],
    ["0930", "09:30"],
    ["930", "09:30"],
    ["21", "21:00"],
    ["24:00", "24:00"],
    ["25:00", "25:00"],
    ["noon", "noon"],
  ])("%s is tidied to %s", (typed, tidy) => expect(tidyClock(typed)).toBe(tidy));
});

describe("a window", () => {
  test("over midnight has two pieces", () =>
    expect(told(windows(["21:00", "06:00"]))).toEqual(["00:00-06:00", "21:00-24:00"]));
  test("that ends at midnight has one", () => {
    expect(told(windows(["21:00", "24:00"]))).toEqual(["21:00-24:00"]);
    expect(told(windows(["21:00", "00:00"]))).toEqual(["21:00-24:00"]);
  });
  test("of equal ends is the whole day", () => {
    expect(told(windows(["00:00", "00:00"]))).toEqual(["00:00-24:00"]);
    expect(coverOf(windows(["09:00", "09:00"]))).toEqual({ gaps: [], overlaps: [] });
  });
  test("half typed covers nothing", () => expect(windows(["09:00", "1"])).toEqual([]));
});

describe("the cover of a day", () => {
  test("without windows is one gap", () => expect(told(coverOf([]).gaps)).toEqual(["00:00-24:00"]));
  test("shows the hours between night and day", () => {
    const cover = coverOf(windows(["09:00", "21:00"], ["21:00", "24:00"], ["00:00", "06:00"]));
    expect(told(cover.gaps)).toEqual(["06:00-09:00"]);
    expect(cover.overlaps).toEqual([]);
  });
  test("shows what is covered twice, over midnight too", () => {
    const cover = coverOf(windows(["08:00", "22:00"], ["20:00", "09:00"]));
    expect(cover.gaps).toEqual([]);
    expect(told(cover.overlaps)).toEqual(["08:00-09:00", "20:00-22:00"]);
  });
  test("joins neighbouring overlaps", () => {
    const cover = coverOf(windows(["00:00", "24:00"], ["08:00", "10:00"], ["10:00", "12:00"]));
    expect(told(cover.overlaps)).toEqual(["08:00-12:00"]);
  });
  test("is one minute exact", () => {
    const cover = coverOf(windows(["00:00", "12:00"], ["12:01", "24:00"]));
    expect(told(cover.gaps)).toEqual(["12:00-12:01"]);
  });
  test("the night is the rest of the day shift", () =>
    expect(told(complementOf(windows(["09:00", "21:00"])))).toEqual(["00:00-09:00", "21:00-24:00"]));
});

test("a delay table is judged for each priority alone", () => {
  const rule = (start: string, end: string, ...priorities: Priority[]) =>
    create(DelayRuleSchema, { window: { start, end }, priorities });
  const rules = [
    rule("06:00", "24:00"),
    rule("00:00", "06:00", Priority.HIGH, Priority.MEDIUM),
    rule("05:00", "06:00", Priority.MEDIUM),
  ];
  expect(coverOfRules(rules, Priority.HIGH)).toEqual({ gaps: [], overlaps: [] });
  expect(told(coverOfRules(rules, Priority.MEDIUM).overlaps)).toEqual(["05:00-06:00"]);
  expect(told(coverOfRules(rules, Priority.LOW).gaps)).toEqual(["00:00-06:00"]);
  expect(isTorn(rules)).toBe(true);
  expect(isTorn([rule("00:00", "24:00")])).toBe(false);
  expect(isTorn([])).toBe(false);
});
