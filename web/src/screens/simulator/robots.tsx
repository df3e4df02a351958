import { RobotMode, RobotModeSchema, type SimulatedRobot } from "@gen/flowdesk/v1/simulation_pb";
import { DutySchema } from "@gen/flowdesk/v1/types_pb";
import { enumChoices, enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { Tag } from "@/parts/status";
import { Select } from "@/ui/field";
import type { Simulated } from "./simulation";

// For how many sends a mode lasts; 0 is for ever.
const lasting = [0, 1, 2, 3];

/** Robots are those in the group chat, each of which can fail, be offline or slow, for good or for a few sends. */
export function Robots({ simulation }: { simulation: Simulated }) {
  const { t, lang } = useText();
  const robots = simulation.state?.simulation?.robots ?? [];
  const put = (robot: SimulatedRobot, mode: RobotMode, times: number) =>
    void simulation
      .play({ action: { case: "robot", value: { id: robot.id, mode, times: mode === RobotMode.OK ? 0 : times } } })
      .catch(() => {});
  return (
    <section aria-label={t("sim.robots")} className="flex flex-col gap-1 p-2">
      <h2 className="px-2 py-1 text-xs text-faint">{t("sim.robots")}</h2>
      {robots.map((robot) => {
        const mode = robot.mode || RobotMode.OK;
        return (
          <div key={robot.id} className="flex flex-col gap-1 px-2 py-1.5">
            <div className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-medium">{robot.title || robot.id}</span>
              <Tag>{enumLabel(DutySchema, robot.duty, lang)}</Tag>
            </div>
            <div className="flex gap-1">
              <Select
                aria-label={t("sim.modeOf", { robot: robot.title })}
                className="h-7 min-w-0 flex-1 text-xs"
                value={mode}
                disabled={simulation.busy}
                onChange={(e) => put(robot, Number(e.target.value), robot.times)}
              >
                {enumChoices(RobotModeSchema, lang).map((c) => (
                  <option key={c.value} value={c.value}>
                    {c.label}
                  </option>
                ))}
              </Select>
              {mode !== RobotMode.OK && (
                <Select
                  aria-label={t("sim.timesOf", { robot: robot.title })}
                  className="h-7 text-xs"
                  value={robot.times}
                  disabled={simulation.busy}
                  onChange={(e) => put(robot, mode, Number(e.target.value))}
                >
                  {[...new Set([...lasting, robot.times])].map((n) => (
                    <option key={n} value={n}>
                      {n === 0 ? t("sim.always") : t("sim.sends", { count: n })}
                    </option>
                  ))}
                </Select>
              )}
            </div>
          </div>
        );
      })}
    </section>
  );
}
