import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { type Alert, AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { BellOff, Check, CircleCheck } from "lucide-react";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";

/** useAlertBulk is what can be done with many alerts at once. */
export function useAlertBulk(): BulkAction<Alert>[] {
  const { t } = useText();
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
      choose: {
        label: t("alerts.silenceFor"),
        choices: [1, 8, 24].map((h) => ({ value: String(h), label: t("alerts.hours", { count: h }) })),
      },
      act: (hours) => ({
        case: "silenceAlerts",
        value: { until: timestampFromMs(Date.now() + Number(hours) * 3_600_000) },
      }),
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
