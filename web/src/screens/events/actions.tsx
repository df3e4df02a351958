import { EventService, type QuarantinedEvent } from "@gen/flowdesk/v1/event_service_pb";
import { CircleSlash, RotateCw } from "lucide-react";
import { useState } from "react";
import { freshId } from "@/api/fresh-id";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Field, Textarea } from "@/ui/field";
import { Input } from "./input";

/** EventActions are what a person can do with an event that was put aside. */
export function EventActions({ event, onDone }: { event: QuarantinedEvent; onDone?: () => void }) {
  const { t } = useText();
  const may = useMay();
  const act = useAct();
  const [asked, setAsked] = useState<{ what: "redrive" | "dismiss"; requestId: string }>();
  const [reason, setReason] = useState("");
  const ask = (what: "redrive" | "dismiss") => setAsked({ what, requestId: freshId() });
  const redrive = async (requestId: string) => {
    const answer = await client(EventService).redriveQuarantinedEvent({ name: event.name, requestId });
    const told = answer.quarantinedEvent
      ? t("events.redriveFailed")
      : answer.unmatched
        ? t("events.redriveUnmatched")
        : t("events.redriven", { count: answer.instances.length });
    await act(Promise.resolve());
    toast(told);
    onDone?.();
  };
  const dismiss = async (requestId: string) => {
    await act(
      client(EventService).dismissQuarantinedEvent({ name: event.name, reason: reason.trim(), requestId }),
      t("events.dismissed"),
    );
    onDone?.();
  };
  return (
    <span className="flex justify-end gap-1">
      <Button size="small" disabled={!may(EventService.method.redriveQuarantinedEvent)} onClick={() => ask("redrive")}>
        <RotateCw /> {t("events.redrive")}
      </Button>
      {!event.dismissal && (
        <Button
          size="small"
          tone="quiet"
          disabled={!may(EventService.method.dismissQuarantinedEvent)}
          onClick={() => ask("dismiss")}
        >
          <CircleSlash /> {t("events.dismiss")}
        </Button>
      )}
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={t(`events.${asked.what}`)}
          verb={t(`events.${asked.what}`)}
          disabled={asked.what === "dismiss" && reason.trim() === ""}
          onConfirm={() => (asked.what === "redrive" ? redrive(asked.requestId) : dismiss(asked.requestId))}
        >
          <p className="text-soft">{t(asked.what === "redrive" ? "events.redriveAsk" : "events.dismissAsk")}</p>
          <Input event={event.event} />
          {asked.what === "dismiss" && (
            <Field label={t("word.reason")}>
              {(p) => (
                <Textarea {...p} rows={2} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />
              )}
            </Field>
          )}
        </Confirm>
      )}
    </span>
  );
}
