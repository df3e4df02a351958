import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { type Alert, AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { BellOff, Check, CircleCheck } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";
import { passed, silence, type Until, UntilField } from "./until";

/** useAlertBulk is what can be done with many alerts at once. */
export function useAlertBulk(): BulkAction<Alert>[] {
  const { t } = useText();
  const [until, setUntil] = useState<Until>({ hours: 1 });
  const open = (a: Alert) => a.state !== AlertState.RESOLVED;
  return [
    {
      key: "acknowledge",
      label: t("alerts.acknowledge"),
      icon: <Check />,
      needs: AlertService.method.acknowledgeAlert,
      able: (a) => a.state === AlertState.OPEN,
      ask: t("alerts.bulk.acknowledge"),
      act: () => ({ case: "acknowledgeAlerts", value: {} }),
    },
    {
      key: "silence",
      label: t("alerts.silence"),
      icon: <BellOff />,
      needs: AlertService.method.silenceAlert,
      able: open,
      ask: t("alerts.bulk.silence"),
      own: { control: <UntilField value={until} onChange={setUntil} />, wrong: passed(until) },
      act: () => ({ case: "silenceAlerts", value: silence(until) }),
    },
    {
      key: "resolve",
      label: t("alerts.resolve"),
      icon: <CircleCheck />,
      needs: AlertService.method.resolveAlert,
      able: open,
      ask: t("alerts.bulk.resolve"),
      act: () => ({ case: "resolveAlerts", value: {} }),
    },
  ];
}
