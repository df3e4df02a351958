import { useQuery } from "@connectrpc/connect-query";
import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { type RobotCallback, RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { CircleCheck, Hourglass, Radio, TriangleAlert } from "lucide-react";
import { useText } from "@/i18n";
import { useHear } from "@/parts/hear";
import { Failure, Skeleton } from "@/parts/states";
import { Status } from "@/parts/status";
import { Time } from "@/parts/time";
import { callbackKinds } from "./addresses";

/**
 * useCallbacks is what a robot's addresses heard since the server started, without asking the platform. What was taken is heard of at once;
 * of what was refused no stream tells.
 */
export function useCallbacks(robot: string) {
  const { data, error, refetch } = useQuery(
    RobotService.method.checkRobotHealth,
    { name: robot, localOnly: true },
    { enabled: robot !== "", refetchInterval: useHear((): unknown => robot !== "" && refetch(), 500, 5_000) },
  );
  return { health: data?.health, error, refetch };
}

/** Callbacks tells for each kind of callback what came, and what to do when it could not be taken. */
export function Callbacks({ robot }: { robot: Robot }) {
  const { t } = useText();
  const { health, error, refetch } = useCallbacks(robot.name);
  if (error && !health) return <Failure error={error} onRetry={refetch} />;
  if (!health) return <Skeleton rows={3} />;
  return (
    <>
      <ul className="flex flex-col gap-2" aria-live="polite">
        {callbackKinds.map(({ kind, type }) => {
          const heard = health.callbacks.find((c) => c.kind === kind);
          return (
            <li key={kind} className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-card border px-3 py-2">
              <span className="min-w-28 font-medium">
                {t(`robots.kinds.${kind}`)}{" "}
                <span className="text-xs font-normal text-faint">{t("robots.type", { type })}</span>
              </span>
              <Heard heard={heard} />
            </li>
          );
        })}
      </ul>
      <p className="mt-2 text-xs text-faint">
        {t("robots.callbacksSince")} <Time at={health.callbacksSince} seconds />
      </p>
    </>
  );
}

function Heard({ heard }: { heard: RobotCallback | undefined }) {
  const { t } = useText();
  if (!heard)
    return (
      <Status tone="wait" icon={Hourglass}>
        {t("robots.nothingYet")}
      </Status>
    );
  const time = <Time at={heard.lastTime} seconds />;
  if (heard.lastStatus >= 400)
    return (
      <>
        <Status tone="bad" icon={TriangleAlert}>
          {t("robots.refused", { status: heard.lastStatus })}
        </Status>
        {time}
        <span className="basis-full text-[13px] text-soft">
          {t(heard.lastStatus === 503 ? "robots.refusedBusy" : "robots.refusedBody")}
        </span>
      </>
    );
  if (heard.taken === heard.probes)
    return (
      <>
        <Status tone="info" icon={Radio}>
          {t("robots.probed")}
        </Status>
        {time}
      </>
    );
  return (
    <>
      <Status tone="ok" icon={CircleCheck}>
        {t("robots.heard", { count: heard.taken - heard.probes })}
      </Status>
      {time}
    </>
  );
}
