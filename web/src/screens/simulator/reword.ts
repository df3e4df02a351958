import { create } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { FlowDefinition } from "@gen/flowdesk/v1/definition_pb";
import { type AiReplyGenerateOutput, FlowAnswerSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import type { ChatLine, SimulationState } from "@gen/flowdesk/v1/simulation_pb";
import { registry } from "@/api/registry";

/** Origin is where a robot's words come from: a node that writes replies, with the question that it answered. */
export interface Origin {
  node: string;
  /** flow, answers, template, not_found or model. */
  source: string;
  question: string;
  /** What was said. */
  said: string;
}

/** originOf finds the node that wrote what a robot says; words that another kind of node chose have none. */
export function originOf(state: SimulationState, line: ChatLine): Origin | undefined {
  const run = state.runs.find((r) => r.instance?.id === line.instance);
  for (const step of run?.path.toReversed() ?? []) {
    const output = step.output && anyUnpack(step.output, registry);
    if (output?.$typeName !== "flowdesk.v1.AiReplyGenerateOutput") continue;
    const reply = output as AiReplyGenerateOutput;
    if (reply.text !== line.text) continue;
    const asked = state.lines.find((l) => l.id === run?.instance?.message);
    return { node: step.node, source: reply.source, question: asked?.text ?? "", said: line.text };
  }
  return undefined;
}

/**
 * reworded is a definition that says something else: as the answer of the flow to the question, or, where nothing was found, as what it
 * says then. The definition given is not changed.
 */
export function reworded(definition: FlowDefinition, origin: Origin, text: string): FlowDefinition {
  const nodes = definition.nodes.map((node) => {
    if (node.id !== origin.node || node.config.case !== "aiReplyGenerate") return node;
    const config = node.config.value;
    if (origin.source === "not_found")
      return { ...node, config: { case: node.config.case, value: { ...config, notFoundText: text } } };
    const known = config.answers.findIndex((a) => a.questions.includes(origin.question) || a.text === origin.said);
    const answer = create(FlowAnswerSchema, { questions: [origin.question], text });
    const answers = config.answers.map((a, i) => (i === known ? { ...a, text } : a));
    return {
      ...node,
      config: { case: node.config.case, value: { ...config, answers: known < 0 ? [answer, ...answers] : answers } },
    };
  });
  return { ...definition, nodes };
}
