import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { type Alert, AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { toastFailure } from "@/parts/toast";

/** useAlertKeys are the keys that handle the alert that has the focus: A acknowledges it, S silences it for an hour. */
export function useAlertKeys(): Record<string, (alert: Alert) => void> {
  const { t } = useText();
  const act = useAct();
  const may = useMay();
  const alerts = client(AlertService);
  const run = (call: Promise<unknown>, done: string) => {
    act(call, done).catch((error: unknown) => toastFailure(error));
  };
  return {
    a: ({ name, etag, state }) => {
      if (state === AlertState.OPEN && may(AlertService.method.acknowledgeAlert))
        run(alerts.acknowledgeAlert({ name, etag }), t("alerts.acknowledgeDone"));
    },
    s: ({ name, etag, state }) => {
      if (state !== AlertState.RESOLVED && may(AlertService.method.silenceAlert))
        run(
          alerts.silenceAlert({ name, etag, until: timestampFromMs(Date.now() + 3_600_000) }),
          t("alerts.silenceDone"),
        );
    },
  };
}
