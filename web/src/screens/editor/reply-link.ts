import { create } from "@bufbuild/protobuf";
import { FlowAnswerSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { type Doc, nodeOf } from "@/graph/doc";
import { changeNode } from "@/graph/edit";
import { useText } from "@/i18n";

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

/** useReplyLink follows such an address once: it makes the reply the flow's own, as a step that can be undone, and leads to its text. */
export function useReplyLink(
  doc: Doc,
  edit: (doc: Doc, name: string) => void,
  onFocus: (focus: { path: string }) => void,
): void {
  const { t } = useText();
  const [params, setParams] = useSearchParams();
  const [asked] = useState(() => ({
    node: params.get("node"),
    question: params.get("question"),
    text: params.get("reply"),
  }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is followed once
  useEffect(() => {
    if (asked.node === null || asked.question === null || asked.text === null) return;
    const made = withReply(doc, asked.node, asked.question, asked.text);
    setParams(
      (before) => {
        before.delete("question");
        before.delete("reply");
        return before;
      },
      { replace: true },
    );
    if (!made) return;
    if (made.doc !== doc) edit(made.doc, t("drawing.replyStep"));
    onFocus({ path: made.field });
  }, []);
}
