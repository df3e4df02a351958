import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { DutySchema } from "@gen/flowdesk/v1/types_pb";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { type Language, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { RobotStateChip, Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { RobotMenu } from "./actions";
import { ShiftBar } from "./shift";

/** RobotCard is one robot at a glance: whether it can act, when it is on shift, and what stands before it. */
export function RobotCard({ robot, onOpen }: { robot: Robot; onOpen: () => void }) {
  const { t, lang } = useText();
  return (
    <article className="flex flex-col gap-3 rounded-card border bg-surface p-4">
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="text-[15px] leading-6 font-semibold">
            <button type="button" className="text-left hover:text-primary hover:underline" onClick={onOpen}>
              {robot.title || robot.id}
            </button>
          </h2>
          <p className="flex flex-wrap items-center gap-x-2 text-[13px]">
            <RobotStateChip state={robot.state} />
            <span className="text-faint">
              {robot.lastSeen ? (
                <>
                  {t("robots.seen")} <Time at={robot.lastSeen} ago />
                </>
              ) : (
                t("robots.neverSeen")
              )}
            </span>
          </p>
          {robot.reason && <p className="text-[13px] text-soft">{because(robot.reason, lang)}</p>}
        </div>
        <RobotMenu robot={robot} />
      </header>
      <div className="flex flex-wrap gap-1">
        {robot.duties.map((duty) => (
          <Tag key={duty}>{enumLabel(DutySchema, duty, lang)}</Tag>
        ))}
      </div>
      <ShiftBar duties={robot.duties} />
      <dl className="grid grid-cols-2 gap-3">
        <Figure name={t("robots.waiting")} value={robot.waiting} to="/commands?state=1" />
        <Figure name={t("robots.unconfirmed")} value={robot.unconfirmed} to={`/commands?robot=${robot.name}&state=4`} />
        <Figure
          name={t("robots.share")}
          value={shareOf(robot, lang) ?? "—"}
          note={
            robot.settledLastHour === 0
              ? t("robots.noneSent")
              : t("robots.shareOf", {
                  done: robot.settledLastHour - robot.failedLastHour,
                  all: robot.settledLastHour,
                })
          }
          to={`/commands?robot=${robot.name}`}
        />
        <Figure name={t("robots.groups")} value={robot.groups} to="/robots?view=coverage" />
      </dl>
    </article>
  );
}

/** shareOf is how much of what a robot sent in the last hour was confirmed; undefined when nothing came to an end. */
export function shareOf(
  { settledLastHour: all, failedLastHour: failed }: Pick<Robot, "settledLastHour" | "failedLastHour">,
  lang: Language,
): string | undefined {
  if (all === 0) return undefined;
  // Rounded down: one failure of a thousand is not all of them sent.
  const share = Math.floor(((all - failed) / all) * 1000) / 1000;
  return new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB", {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(share);
}

function Figure({ name, value, note, to }: { name: string; value: number | string; note?: string; to: string }) {
  return (
    <div className="rounded-card bg-sunken px-3 py-2">
      <dt className="text-xs text-faint">{name}</dt>
      <dd>
        <Link to={to} className="text-lg font-semibold tabular-nums hover:text-primary hover:underline">
          {value}
        </Link>
        {note && <span className="ml-2 text-xs text-faint">{note}</span>}
      </dd>
    </div>
  );
}
