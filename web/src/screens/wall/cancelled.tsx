import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { usePoll } from "@/parts/poll";
import { AlertStateChip } from "@/parts/status";
import { Time, useNow } from "@/parts/time";

/** How long an alert that ended by itself stays on the wall. */
const shownFor = 10 * 60_000;

/** Cancelled are the alerts that ended by themselves a moment ago: whoever saw one go up shall see that it is over. */
export function Cancelled() {
  const { t, lang } = useText();
  const now = useNow();
  const { data } = useQuery(
    AlertService.method.listAlerts,
    { pageSize: 50, states: [AlertState.RESOLVED] },
    { placeholderData: keepPreviousData, refetchInterval: usePoll(15_000), refetchIntervalInBackground: true },
  );
  const ended = (data?.alerts ?? [])
    .filter((a) => a.autoCancelled && a.resolveTime && now - timestampMs(a.resolveTime) < shownFor)
    .slice(0, 3);
  if (ended.length === 0) return null;
  return (
    <ul aria-label={t("wall.cancelled")}>
      {ended.map((alert) => (
        <li key={alert.id} className="flex h-11 items-center gap-3 border-b text-lg last:border-0">
          <AlertStateChip state={alert.state} cancelled />
          <span className="min-w-0 flex-1 truncate text-soft line-through">{headline(alert.text, lang)}</span>
          <span className="shrink-0 text-base text-faint">
            <Time at={alert.resolveTime} ago />
          </span>
        </li>
      ))}
    </ul>
  );
}
