import { create } from "@bufbuild/protobuf";
import { GroupSchema } from "@gen/flowdesk/v1/resource_directory_pb";
import { RobotSchema, RobotState } from "@gen/flowdesk/v1/resource_robot_pb";
import { Duty } from "@gen/flowdesk/v1/types_pb";
import { describe, expect, test } from "vitest";
import { isPrivate } from "./addresses";
import { coverOfGroup } from "./cover";
import { hoursOf } from "./shift";

const robot = (id: string, state: RobotState, ...duties: Duty[]) => create(RobotSchema, { id, state, duties });
const group = (...robots: string[]) => create(GroupSchema, { aliases: robots.map((r) => ({ robot: r })) });

const monitor = robot("monitor", RobotState.ONLINE, Duty.MONITOR);
const day = robot("day", RobotState.ONLINE, Duty.DAY_REPLY);
const night = robot("night", RobotState.OFFLINE, Duty.NIGHT_REPLY);
const all = [monitor, day, night];

describe("who covers a duty in a group", () => {
  test.each([
    ["its own robot", group("day"), Duty.DAY_REPLY, "ok"],
    ["the partner, while the own one is away", group("day", "night"), Duty.NIGHT_REPLY, "stand-in"],
    ["nobody that is there", group("night"), Duty.NIGHT_REPLY, "down"],
    ["a reply robot speaks for the missing notice robot", group("day"), Duty.NOTIFY, "stand-in"],
    ["a monitor never speaks for another", group("monitor"), Duty.DAY_REPLY, "gap"],
    ["nobody monitors for another", group("day"), Duty.MONITOR, "gap"],
    ["a group without names is known to all", group(), Duty.MONITOR, "ok"],
  ])("%s", (_, where, duty, state) => expect(coverOfGroup(where, all, duty).state).toBe(state));

  test("a paused robot does not act", () => {
    const paused = { ...day, paused: true };
    expect(coverOfGroup(group("day"), [paused], Duty.DAY_REPLY).state).toBe("down");
  });
});

test("the night robot's hours are what the day shift leaves", () => {
  const shift = { start: "09:00", end: "21:00" };
  expect(hoursOf(Duty.DAY_REPLY, shift)).toEqual([{ from: 540, to: 1260 }]);
  expect(hoursOf(Duty.NIGHT_REPLY, shift)).toEqual([
    { from: 0, to: 540 },
    { from: 1260, to: 1440 },
  ]);
  expect(hoursOf(Duty.NOTIFY, shift)).toEqual([{ from: 0, to: 1440 }]);
});

test.each([
  ["http://127.0.0.1:8080/x", true],
  ["http://localhost/x", true],
  ["http://192.168.1.8/x", true],
  ["http://172.20.0.3/x", true],
  ["https://desk.example.com/x", false],
  ["http://172.40.0.3/x", false],
  ["", true],
])("%s can be reached from here only: %s", (address, answer) => expect(isPrivate(address)).toBe(answer));
