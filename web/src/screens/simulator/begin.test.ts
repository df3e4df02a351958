import { expect, test } from "vitest";
import { today } from "./begin";

test.each([
  ["2026-11-21T10:38:54Z", "2026-11-21T02:00:00.000Z"],
  ["2026-11-21T16:00:01Z", "2026-11-22T02:00:00.000Z"],
  ["2026-11-21T15:59:59.900Z", "2026-11-21T02:00:00.000Z"],
])("ten in the morning at %s is %s", (now, ten) => {
  expect(today(10, new Date(now)).toISOString()).toBe(ten);
});
