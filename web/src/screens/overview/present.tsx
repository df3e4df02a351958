import type { OverviewNow } from "@gen/flowdesk/v1/resource_analytics_pb";
import { TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { Level } from "@/parts/level";
import { away, doubtful } from "./states";
import { Tile } from "./tile";

/** Present is what needs somebody at this moment. */
export function Present({ now }: { now: OverviewNow }) {
  const { t } = useText();
  const trouble = (count: number) => count > 0 && <TriangleAlert className="size-4 shrink-0 text-warn" aria-hidden />;
  const overdue = Number(now.overdueTasks);
  return (
    <section aria-labelledby="present" className="flex flex-col gap-2">
      <h2 id="present" className="text-[15px] leading-6 font-semibold">
        {t("overview.now")}
      </h2>
      <div className="rounded-card border bg-surface px-4 py-3">
        <h3 className="text-[13px] text-soft">{t("overview.alerts")}</h3>
        <ul className="grid grid-cols-2 gap-x-3 sm:grid-cols-4">
          {now.openAlerts.map(({ level, count }) => (
            <li key={level}>
              <Link
                to={`/alerts?level=${level}`}
                className="flex items-center gap-2 rounded-control py-1.5 hover:text-primary hover:underline"
              >
                <span className="min-w-8 text-2xl leading-8 font-semibold tabular-nums">{String(count)}</span>
                <Level level={level} />
              </Link>
            </li>
          ))}
        </ul>
      </div>
      <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-5">
        <Tile
          name={t("overview.overdue")}
          value={overdue}
          to="/tasks?overdue=1"
          mark={trouble(overdue)}
          note={t("overview.ofOpen", { count: Number(now.openTasks) })}
        />
        <Tile
          name={t("overview.unanswered")}
          value={String(now.sessionsUnanswered)}
          to="/sessions?show=unanswered"
          mark={trouble(Number(now.sessionsUnanswered))}
        />
        <Tile name={t("overview.held")} value={String(now.sessionsHeld)} to="/sessions?show=held" />
        <Tile
          name={t("overview.doubtful")}
          value={String(now.commandsDoubtful)}
          to={`/commands?state=${doubtful}`}
          mark={trouble(Number(now.commandsDoubtful))}
        />
        <Tile
          name={t("overview.offline")}
          value={now.robotsOffline}
          to={now.robotsOffline > 0 ? `/robots?state=${away}` : "/robots"}
          mark={trouble(now.robotsOffline)}
          note={t("overview.ofRobots", { count: now.robots })}
        />
      </div>
    </section>
  );
}
