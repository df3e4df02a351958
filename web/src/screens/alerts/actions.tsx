import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { type Alert, AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { Activity, BellOff, Check, CircleCheck, Ellipsis, MessagesSquare, UserPlus } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { PersonSelect } from "@/parts/person-select";
import { lastPart } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Menu } from "@/ui/menu";
import { passed, silence, type Until, UntilField } from "./until";

/** AlertMenu is what can be done with an alert. */
export function AlertMenu({ alert }: { alert: Alert }) {
  const { t, lang } = useText();
  const act = useAct();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"acknowledge" | "assign" | "silence" | "resolve">();
  const [assignee, setAssignee] = useState("");
  const [until, setUntil] = useState<Until>({ hours: 1 });
  const { name, etag } = alert;
  const alerts = client(AlertService);
  const resolved = alert.state === AlertState.RESOLVED;
  const calls = {
    acknowledge: (reason: string) => alerts.acknowledgeAlert({ name, etag, reason }),
    assign: (reason: string) => alerts.assignAlert({ name, etag, reason, assignee }),
    silence: (reason: string) => alerts.silenceAlert({ name, etag, reason, ...silence(until) }),
    resolve: (reason: string) => alerts.resolveAlert({ name, etag, reason }),
  };
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          {
            label: t("alerts.acknowledge"),
            needs: AlertService.method.acknowledgeAlert,
            icon: <Check />,
            disabled: alert.state !== AlertState.OPEN,
            onSelect: () => setAsked("acknowledge"),
          },
          {
            label: t("alerts.assign"),
            needs: AlertService.method.assignAlert,
            icon: <UserPlus />,
            disabled: resolved,
            onSelect: () => setAsked("assign"),
          },
          {
            label: t("alerts.silence"),
            needs: AlertService.method.silenceAlert,
            icon: <BellOff />,
            disabled: resolved,
            onSelect: () => setAsked("silence"),
          },
          {
            label: t("alerts.chat"),
            icon: <MessagesSquare />,
            disabled: alert.session === "",
            onSelect: () => void navigate(`/sessions/${encodeURIComponent(lastPart(alert.session))}`),
          },
          {
            label: t("alerts.instance"),
            icon: <Activity />,
            disabled: alert.instance === "",
            onSelect: () => void navigate(`/instances/${encodeURIComponent(lastPart(alert.instance))}`),
          },
          "line",
          {
            label: t("alerts.resolve"),
            needs: AlertService.method.resolveAlert,
            icon: <CircleCheck />,
            disabled: resolved,
            onSelect: () => setAsked("resolve"),
          },
        ]}
      />
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={t(`alerts.${asked}`)}
          verb={t(`alerts.${asked}`)}
          reason
          disabled={asked === "silence" && passed(until)}
          onConfirm={(reason) => act(calls[asked](reason), t(`alerts.${asked}Done`))}
        >
          <blockquote className="rounded-card border bg-sunken px-3 py-2">{because(alert.text, lang)}</blockquote>
          {asked === "assign" && (
            <Field label={t("word.assignee")}>
              {(props) => <PersonSelect {...props} value={assignee} onChange={setAssignee} />}
            </Field>
          )}
          {asked === "silence" && <UntilField value={until} onChange={setUntil} />}
        </Confirm>
      )}
    </>
  );
}
