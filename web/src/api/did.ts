import type { DescMethod, Message } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Interceptor } from "@connectrpc/connect";
import type { PlaySimulationRequest, PlaySimulationResponse } from "@gen/flowdesk/v1/simulator_pb";

/** Deed is one of the first things to try, as it shows in what was asked of the server. */
export type Deed = "try" | "night" | "text" | "publish" | "rollback" | "robot";

const listeners = new Set<(deed: Deed) => void>();

/** onDid tells what the reader has just done. */
export function onDid(listener: (deed: Deed) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// By name: the descriptors of these services are no part of what every screen loads.
const simple: Readonly<Record<string, Deed>> = {
  "SettingsService.UpdateSettings": "text",
  "FlowService.UpdateFlow": "text",
  "FlowService.PublishFlow": "publish",
  "FlowService.RollbackFlow": "rollback",
  "RobotService.CreateRobot": "robot",
};

// The evening and the night, when replies wait, in the zone of the simulator's people.
function late(at: Date): boolean {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hour12: false, timeZone: "Asia/Shanghai" }).format(at),
  );
  return hour >= 21 || hour < 9;
}

/** deedsIn are the deeds that a call which succeeded shows. */
export function deedsIn(method: DescMethod, request: Message, answer: Message): Deed[] {
  if ("validateOnly" in request && request.validateOnly) return []; // looked at, and not done
  const name = `${method.parent.name}.${method.name}`;
  const one = simple[name];
  if (one) return [one];
  if (name !== "SimulatorService.PlaySimulation") return [];
  const { steps } = request as PlaySimulationRequest;
  if (!steps.some(({ action }) => action.case === "say" || action.case === "burst")) return [];
  const { clock } = (answer as PlaySimulationResponse).state?.simulation ?? {};
  return clock && late(timestampDate(clock)) ? ["try", "night"] : ["try"];
}

/** watchDeeds is the interceptor that sees them. */
export const watchDeeds: Interceptor = (next) => async (req) => {
  const answer = await next(req);
  if (!req.stream && !answer.stream && listeners.size > 0)
    for (const deed of deedsIn(req.method, req.message, answer.message))
      for (const listener of listeners) listener(deed);
  return answer;
};
