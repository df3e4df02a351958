import { create } from "@bufbuild/protobuf";
import { SettingsSchema } from "@gen/flowdesk/v1/resource_settings_pb";
import { TimeWindowSchema } from "@gen/flowdesk/v1/types_pb";
import { expect, test } from "vitest";
import { duration } from "@/forms/duration";
import { changedOf, fields, packed, rebase, take, unpacked } from "./rebase";
import { sections } from "./sections";

const base = create(SettingsSchema, {
  busyTasks: 3,
  responseWords: ["在的"],
  handoffText: "已转接",
  dayShift: { start: "09:00", end: "21:00" },
  etag: "1",
});

test("every setting has its place, once", () => {
  const placed = sections.flatMap((s) => s.fields);
  expect([...placed].sort()).toEqual(fields.map((f) => f.name).sort());
});

test("changes are found by value, in lists and messages too", () => {
  const draft = create(SettingsSchema, {
    ...base,
    responseWords: ["在的", "收到"],
    dayShift: create(TimeWindowSchema, { start: "08:00", end: "21:00" }),
  });
  expect(changedOf(base, draft)).toEqual(["day_shift", "response_words"]);
  expect(changedOf(base, create(SettingsSchema, { ...base, etag: "2" }))).toEqual([]);
});

test("a field that is not set clears the other one", () => {
  const { dayShift: _, ...rest } = base;
  const next = take(base, create(SettingsSchema, rest), ["day_shift"]);
  expect(next.dayShift).toBeUndefined();
  expect(next.busyTasks).toBe(3);
});

test("what two people changed in different places is kept from both", () => {
  const mine = create(SettingsSchema, { ...base, busyTasks: 5 });
  const theirs = create(SettingsSchema, { ...base, handoffText: "马上来", etag: "2" });
  const { draft, both } = rebase(base, mine, theirs);
  expect(both).toEqual([]);
  expect([draft.busyTasks, draft.handoffText, draft.etag]).toEqual([5, "马上来", "2"]);
});

test("a field that both changed is told, unless they agree", () => {
  const mine = create(SettingsSchema, { ...base, busyTasks: 5, handoffText: "稍等" });
  const theirs = create(SettingsSchema, { ...base, busyTasks: 5, handoffText: "马上来", etag: "2" });
  const { draft, both } = rebase(base, mine, theirs);
  expect(both).toEqual(["handoff_text"]);
  expect(draft.handoffText).toBe("稍等");
});

test("an unsaved draft is kept as text and comes back, cleared fields included", () => {
  const { dayShift: _, ...rest } = base;
  const draft = create(SettingsSchema, { ...rest, busyTasks: 0, taskDeadline: duration(3600) });
  const again = unpacked(base, packed(base, draft));
  expect(changedOf(draft, again)).toEqual([]);
  expect(again.taskDeadline?.seconds).toBe(3600n);
  expect(changedOf(base, unpacked(base, packed(base, base)))).toEqual([]);
});
