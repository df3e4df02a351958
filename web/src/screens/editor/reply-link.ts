import { create } from "@bufbuild/protobuf";
import { FlowAnswerSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { type Doc, nodeOf } from "@/graph/doc";
import { changeNode } from "@/graph/edit";

/** replyLink is the address under which the editor changes what a node replied to a question. */
export function replyLink(flow: string, node: string, question: string, reply: string): string {
  const asked = new URLSearchParams({ node, question: question.slice(0, 200), reply: reply.slice(0, 2000) });
  return `/flows/${encodeURIComponent(flow)}/edit?${asked}`;
}

/**
 * withReply makes a reply the flow's own, so that it can be changed here: the one that is there already, or a new one that begins as what
 * was said. It gives the field of its text, or nothing where the node is of another type.
 */
export function withReply(
  doc: Doc,
  id: string,
  question: string,
  reply: string,
): { doc: Doc; field: string } | undefined {
  const node = nodeOf(doc, id);
  if (node?.config.case !== "aiReplyGenerate") return undefined;
  const { answers } = node.config.value;
  const known = answers.findIndex((a) => a.text === reply || a.questions.includes(question));
  if (known >= 0) return { doc, field: `answers[${known}].text` };
  const value = {
    ...node.config.value,
    answers: [...answers, create(FlowAnswerSchema, { questions: [question], text: reply })],
  };
  return {
    doc: changeNode(doc, id, { config: { case: "aiReplyGenerate", value } }),
    field: `answers[${answers.length}].text`,
  };
}
