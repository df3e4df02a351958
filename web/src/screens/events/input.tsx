import { toJson } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@gen/flowdesk/v1/event_pb";
import { registry } from "@/api/registry";
import { useText } from "@/i18n";
import { Tag } from "@/parts/status";

/** Input says in a line what came in: what was said and by whom, or the kind of event. */
export function Input({ event }: { event: Event | undefined }) {
  const { t } = useText();
  const payload = event?.payload;
  const said = payload?.case === "message" ? payload.value : undefined;
  return (
    <span className="inline-flex max-w-96 min-w-40 items-baseline gap-1.5">
      <Tag>{t(`events.kind.${payload?.case ?? "other"}`)}</Tag>
      {said && (
        <span className="line-clamp-2">
          <span className="text-soft">{said.senderName}: </span>
          {said.text || said.rawText}
        </span>
      )}
    </span>
  );
}

/** written is an event as JSON. */
export function written(event: Event | undefined): string {
  if (!event) return "";
  try {
    return JSON.stringify(toJson(EventSchema, event, { registry }), null, 2);
  } catch {
    return event.id; // it holds a message that this page does not know
  }
}
