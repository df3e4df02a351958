import { useQuery } from "@connectrpc/connect-query";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { CircleCheck, RotateCw, TriangleAlert } from "lucide-react";
import { seconds } from "@/forms/duration";
import { useText } from "@/i18n";
import { Failure, Skeleton } from "@/parts/states";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";

const known = ["platform", "online", "paused", "results", "queue", "callbacks"] as const;

/** Health asks the platform about a robot and tells each finding with what to do. */
export function Health({ name }: { name: string }) {
  const { t } = useText();
  const { data, error, refetch, isFetching } = useQuery(
    RobotService.method.checkRobotHealth,
    { name },
    { staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false },
  );
  const health = data?.health;
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!health) return <Skeleton rows={4} />;
  const done = health.settledLastHour - health.failedLastHour;
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col gap-2">
        {health.checks.map((check) => {
          const key = known.find((k) => k === check.check);
          const word = key ? t(`robots.checks.${key}.name`) : check.check;
          return (
            <li key={check.check} className="flex items-start gap-2">
              {check.ok ? (
                <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
              ) : (
                <TriangleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
              )}
              <span className="min-w-0">
                <span className="font-medium">{word}</span>{" "}
                <span className={check.ok ? "text-ok" : "text-bad"}>
                  {t(check.ok ? "robots.well" : "robots.unwell")}
                </span>
                {key && !check.ok && (
                  <span className="block text-[13px] text-soft">{t(`robots.checks.${key}.hint`)}</span>
                )}
                {(!key || key === "paused") && check.detail && (
                  <span className="block text-[13px] text-soft">{check.detail}</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <p className="text-[13px] text-soft">
        {t("robots.hour", { done, failed: health.failedLastHour })}
        {health.latency &&
          health.reachable &&
          ` ${t("robots.latency", { ms: Math.round(seconds(health.latency) * 1000) })}`}
      </p>
      <div className="flex items-center justify-between">
        <span className="text-xs text-faint">
          <Time at={health.checkTime} seconds />
        </span>
        <Button size="small" disabled={isFetching} onClick={() => void refetch()}>
          <RotateCw /> {t("robots.again")}
        </Button>
      </div>
    </div>
  );
}
