import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  FlowService,
  PublishFlowRequestSchema,
  PublishFlowResponseSchema,
  RollbackFlowRequestSchema,
  RollbackFlowResponseSchema,
} from "@gen/flowdesk/v1/flow_service_pb";
import {
  PlaySimulationRequestSchema,
  PlaySimulationResponseSchema,
  SimulatorService,
} from "@gen/flowdesk/v1/simulator_pb";
import { describe, expect, it } from "vitest";
import { deedsIn } from "./did";

const play = (time: string, action: "say" | "advance") =>
  deedsIn(
    SimulatorService.method.playSimulation,
    create(PlaySimulationRequestSchema, {
      steps: [
        action === "say"
          ? { action: { case: "say", value: { person: "张三", text: "在吗" } } }
          : { action: { case: "advance", value: { way: { case: "next", value: 1 } } } },
      ],
    }),
    create(PlaySimulationResponseSchema, {
      state: { simulation: { clock: timestampFromDate(new Date(time)) } },
    }),
  );

describe("what a call shows of the first steps", () => {
  it("is a message by day", () => expect(play("2026-01-05T10:00:00+08:00", "say")).toEqual(["try"]));
  it("is a message by night", () => expect(play("2026-01-05T22:30:00+08:00", "say")).toEqual(["try", "night"]));
  it("is a message before the day shift", () =>
    expect(play("2026-01-05T08:59:00+08:00", "say")).toEqual(["try", "night"]));
  it("is nothing when only time went by", () => expect(play("2026-01-05T22:30:00+08:00", "advance")).toEqual([]));
  it("is a publication", () =>
    expect(
      deedsIn(FlowService.method.publishFlow, create(PublishFlowRequestSchema), create(PublishFlowResponseSchema)),
    ).toEqual(["publish"]));
  it("is nothing for what changes nothing", () =>
    expect(
      deedsIn(FlowService.method.listFlows, create(PublishFlowRequestSchema), create(PublishFlowResponseSchema)),
    ).toEqual([]));
  it("is a rollback, and not the look at what it would do", () =>
    expect(
      [false, true].map((validateOnly) =>
        deedsIn(
          FlowService.method.rollbackFlow,
          create(RollbackFlowRequestSchema, { validateOnly }),
          create(RollbackFlowResponseSchema),
        ),
      ),
    ).toEqual([["rollback"], []]));
});
