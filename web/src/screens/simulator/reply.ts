import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { ChatLine, SimulatedRun } from "@gen/flowdesk/v1/simulation_pb";
import { registry } from "@/api/registry";
import { replyLink } from "../editor/reply-link";

/** linkTo leads from what a robot says to the node that wrote it, with the question that it answers; nothing for texts of other nodes. */
export function linkTo(
  flow: string,
  line: ChatLine,
  lines: readonly ChatLine[],
  runs: readonly SimulatedRun[],
): string | undefined {
  if (!line.outgoing || !line.instance || !flow) return undefined;
  const question =
    lines.find((l) => l.id === line.replyTo) ?? lines.find((l) => !l.outgoing && l.instance === line.instance);
  const step = runs
    .find((r) => r.instance?.id === line.instance)
    ?.path.find((s) => {
      const output = s.output && anyUnpack(s.output, registry);
      return output?.$typeName === "flowdesk.v1.AiReplyGenerateOutput" && "text" in output && output.text === line.text;
    });
  return step && question ? replyLink(flow, step.node, question.text, line.text) : undefined;
}
