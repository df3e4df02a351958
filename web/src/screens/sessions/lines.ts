import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Message } from "@gen/flowdesk/v1/resource_message_pb";
import type { SessionNote } from "@gen/flowdesk/v1/session_notes_pb";

/** Line is what stands in a chat: what was said, or what a colleague noted. */
export type Line = { key: string; at: number } & ({ message: Message } | { note: SessionNote });

/** ms is a time in milliseconds, 0 for none. */
export const ms = (t: Timestamp | undefined) => Number(t?.seconds ?? 0n) * 1000 + (t?.nanos ?? 0) / 1e6;

/** merge is what was read of messages, with what came or changed since, by time. */
export function merge(read: Message[], live: ReadonlyMap<string, Message>): Message[] {
  const all = new Map(read.map((m) => [m.id, m]));
  for (const [id, message] of live) all.set(id, message);
  return [...all.values()].sort((a, b) => ms(a.receiveTime) - ms(b.receiveTime));
}

/** lines puts notes between messages by time; of the same moment the message comes first. */
export function lines(messages: Message[], notes: SessionNote[]): Line[] {
  const all: Line[] = [
    ...messages.map((message) => ({ key: message.id, at: ms(message.receiveTime), message })),
    ...notes.map((note) => ({ key: note.name, at: ms(note.createTime), note })),
  ];
  return all.sort((a, b) => a.at - b.at);
}

/** newest is the message up to which a reader has seen a chat who sees its end: ids sort by the time at which messages came. */
export function newest(messages: Message[]): string | undefined {
  return messages.reduce<string | undefined>((last, m) => (last === undefined || m.id > last ? m.id : last), undefined);
}

/** most is what a count of unread messages says at most. */
const most = 99;

/** unreadWords is a count as its badge shows it. */
export const unreadWords = (unread: number) => (unread > most ? `${most}+` : String(unread));
