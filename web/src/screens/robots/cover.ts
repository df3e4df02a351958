import type { Group } from "@gen/flowdesk/v1/resource_directory_pb";
import { type Robot, RobotState } from "@gen/flowdesk/v1/resource_robot_pb";
import { Duty } from "@gen/flowdesk/v1/types_pb";

/** Covered is who carries a duty in a group. */
export interface Covered {
  /** Robots that have the duty and know the group. */
  robots: Robot[];
  /** Robots of another duty that would stand in. */
  standIns: Robot[];
  /** ok: one of them can act; down: all are away; stand-in: another duty's robot speaks; gap: nobody does. */
  state: "ok" | "down" | "stand-in" | "gap";
}

const standIns: Partial<Record<Duty, Duty[]>> = {
  [Duty.DAY_REPLY]: [Duty.NIGHT_REPLY],
  [Duty.NIGHT_REPLY]: [Duty.DAY_REPLY],
  [Duty.NOTIFY]: [Duty.DAY_REPLY, Duty.NIGHT_REPLY],
};

const away = [RobotState.OFFLINE, RobotState.PAUSED, RobotState.TRIPPED];
const canAct = (robot: Robot) => !robot.paused && !away.includes(robot.state);

/** coverOfGroup tells who carries a duty in a group, by the rules of sending: a group without aliases is known to every robot. */
export function coverOfGroup(group: Pick<Group, "aliases">, robots: readonly Robot[], duty: Duty): Covered {
  const knows = (robot: Robot) => group.aliases.length === 0 || group.aliases.some((a) => a.robot === robot.id);
  const having = (wanted: Duty) => robots.filter((robot) => robot.duties.includes(wanted) && knows(robot));
  const own = having(duty);
  const others = (standIns[duty] ?? []).flatMap(having).filter((robot) => !own.includes(robot));
  const found = { robots: own, standIns: [...new Set(others)] };
  if (own.some(canAct)) return { ...found, state: "ok" };
  if (others.some(canAct)) return { ...found, state: "stand-in" };
  return { ...found, state: own.length > 0 ? "down" : "gap" };
}
