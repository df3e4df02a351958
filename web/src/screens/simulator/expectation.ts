import { DerivationOutcomeSchema } from "@gen/flowdesk/v1/derivation_pb";
import { AlertStateSchema } from "@gen/flowdesk/v1/resource_alert_pb";
import { CommandStateSchema } from "@gen/flowdesk/v1/resource_command_pb";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import { InstanceStatusSchema } from "@gen/flowdesk/v1/resource_instance_pb";
import { TaskStateSchema } from "@gen/flowdesk/v1/resource_task_pb";
import type { Expectation } from "@gen/flowdesk/v1/test_case_pb";
import { AlertLevelSchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { portTitle } from "@/graph/kinds";
import { joined, type Language } from "@/i18n";
import { word } from "@/i18n/reasons";

const seconds = (d: { seconds: bigint } | undefined) => (d ? `${d.seconds}s` : "");

/** expectationWords says what is expected, in one line; nodes are called by their names, where these are known. */
export function expectationWords(
  x: Expectation,
  lang: Language,
  names: ReadonlyMap<string, string> = new Map(),
): string {
  const e = x.expectation;
  const say = (zh: string, en: string) => (lang === "zh" ? zh : en);
  const times = (count: number | undefined) => (count === undefined ? "" : ` ×${count}`);
  switch (e.case) {
    case "line": {
      const { anyOf, contains, robot, group, count } = e.value;
      const what =
        anyOf.length > 0
          ? anyOf.map((a) => `“${a}”`).join(say(" 或 ", " or "))
          : contains.map((c) => `…${c}…`).join(" ");
      return `${say("回复", "Reply")} ${[robot, group].filter(Boolean).join(" → ")} ${what}${times(count)}`;
    }
    case "silence":
      return say("机器人不说话", "No robot speaks");
    case "path":
      return `${say("经过", "Path")} ${e.value.nodes.map((n) => visit(n, names)).join(" → ")}`;
    case "variable":
      return `${e.value.name} = ${e.value.json}`;
    case "task":
      return `${say("任务", "Task")} ${enumLabel(TaskStateSchema, e.value.state, lang)} ${e.value.target}${times(e.value.count)}`;
    case "alert":
      return `${say("告警", "Alert")} ${enumLabel(AlertLevelSchema, e.value.level, lang)} ${enumLabel(AlertStateSchema, e.value.state, lang)} ${e.value.contains}${times(e.value.count)}`;
    case "command": {
      const { state, purpose, delayMin, delayMax, leaves, count } = e.value;
      const delay = [seconds(delayMin), seconds(delayMax)].filter(Boolean).join("–");
      return `${say("指令", "Command")} ${enumLabel(CommandStateSchema, state, lang)} ${[word(purpose, lang), delay, leaves].filter(Boolean).join(" · ")}${times(count)}`;
    }
    case "outcome":
      return `${say("消息", "Message")} ${joined(
        e.value.anyOf.map((o) => enumLabel(DerivationOutcomeSchema, o, lang)),
        lang,
      )}`;
    case "run":
      return `${say("运行", "Runs")} ${enumLabel(InstanceStatusSchema, e.value.status, lang)}${times(e.value.count)}`;
    case "calls":
      return say(`最多 ${e.value.atMost} 次模型调用`, `At most ${e.value.atMost} calls of models`);
    default:
      return "";
  }
}

// A node, and the port by which it was left; the usual one goes without saying.
function visit(step: string, names: ReadonlyMap<string, string>): string {
  const [node = "", port = ""] = step.split(" ");
  return [names.get(node) || node, port === "out" ? "" : names.get(step) || port].filter(Boolean).join(" ");
}

/** namesIn are what the nodes of some runs, and the ports by which they were left, are called. */
export function namesIn(steps: readonly TraceStep[], lang: Language): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap((s) => [
      [s.node, s.title],
      [`${s.node} ${s.port}`, portTitle([], s.node, s.kind, s.port, lang)],
    ]),
  );
}
