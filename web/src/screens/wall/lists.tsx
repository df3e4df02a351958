import type { Alert } from "@gen/flowdesk/v1/resource_alert_pb";
import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import type { Session } from "@gen/flowdesk/v1/resource_session_pb";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { Level, RobotStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";

// Nobody scrolls a wall: a row that does not fit whole goes into a next column, which is out of sight, instead of being cut.
const rows = "flex h-full flex-col flex-wrap overflow-hidden";

/** Latest are the open alerts, the gravest first and of those the newest. */
export function Latest({ alerts }: { alerts: Alert[] }) {
  const { t, lang } = useText();
  const titles = useTitles();
  if (alerts.length === 0) return <p className="py-4 text-xl text-soft">{t("wall.noAlerts")}</p>;
  return (
    <ul className={rows}>
      {alerts.map((alert) => (
        <li key={alert.id} className="flex h-11 w-full shrink-0 items-center gap-3 border-b text-lg last:border-0">
          <span className="w-20 shrink-0">
            <Level level={alert.level} />
          </span>
          <span className="w-44 shrink-0 truncate font-medium max-xl:w-32">
            {alert.session ? titles.group(alert.session) : "—"}
          </span>
          <span className="min-w-0 flex-1 truncate text-soft">
            {alert.count > 1 && `×${alert.count} `}
            {headline(alert.text, lang)}
          </span>
          <span className="shrink-0 text-base text-faint">
            <Time at={alert.updateTime} ago />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Waiting are the groups with a question that nobody answered, the one whose question has waited longest first, as the server gives them. */
export function Waiting({ sessions }: { sessions: Session[] }) {
  const { t } = useText();
  if (sessions.length === 0) return <p className="py-4 text-xl text-soft">{t("wall.noneWaiting")}</p>;
  return (
    <ul className={rows}>
      {sessions.slice(0, 12).map((session) => (
        <li key={session.id} className="flex h-11 w-full shrink-0 items-center gap-3 border-b text-lg last:border-0">
          <span className="min-w-0 flex-1 truncate font-medium">{session.title || session.id}</span>
          {session.unanswered > 1 && <span className="shrink-0 text-base text-faint">×{session.unanswered}</span>}
          <span className="shrink-0 text-base text-warn">
            <Time at={session.oldestQuestionTime} ago />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Robots are the robots with their states, those that cannot act first. */
export function Robots({ robots }: { robots: Robot[] }) {
  const { t } = useText();
  if (robots.length === 0) return <p className="py-4 text-xl text-soft">{t("wall.noRobots")}</p>;
  return (
    <ul className={rows}>
      {[...robots]
        .sort((a, b) => b.state - a.state)
        .slice(0, 12)
        .map((robot) => (
          <li key={robot.id} className="flex h-11 w-full shrink-0 items-center gap-3 border-b text-lg last:border-0">
            <span className="min-w-0 flex-1 truncate font-medium">{robot.title || robot.id}</span>
            <RobotStateChip state={robot.state} />
          </li>
        ))}
    </ul>
  );
}
