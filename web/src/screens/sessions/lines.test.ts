import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { MessageSchema } from "@gen/flowdesk/v1/resource_message_pb";
import { SessionNoteSchema } from "@gen/flowdesk/v1/session_notes_pb";
import { expect, test } from "vitest";
import { lines, merge, newest, unreadWords } from "./lines";

const message = (id: string, at: number, text = id) =>
  create(MessageSchema, { id, text, receiveTime: timestampFromMs(at) });
const note = (id: string, at: number) =>
  create(SessionNoteSchema, { id, name: `notes/${id}`, createTime: timestampFromMs(at) });

test("notes stand between the messages by time, after a message of the same moment", () => {
  const shown = lines(
    [message("a", 1000), message("b", 3000)],
    [note("late", 3000), note("between", 2000), note("early", 10)],
  );
  expect(shown.map((l) => l.key)).toEqual(["notes/early", "a", "notes/between", "b", "notes/late"]);
});

test("a message that changed takes the place of what was read of it", () => {
  const shown = merge([message("b", 2000), message("a", 1000)], new Map([["a", message("a", 1000, "changed")]]));
  expect(shown.map((m) => m.text)).toEqual(["changed", "b"]);
});

test("the newest message is by id: one read back after an outage may tell an earlier time", () => {
  expect(newest([])).toBeUndefined();
  expect(newest([message("02", 3000), message("03", 1000), message("01", 5000)])).toBe("03");
});

test("a count says no more than 99", () => {
  expect([1, 99, 100].map(unreadWords)).toEqual(["1", "99", "99+"]);
});
