import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { FlowDefinition } from "@gen/flowdesk/v1/definition_pb";
import { CallOutcome } from "@gen/flowdesk/v1/event_pb";
import type { SimulatedCall } from "@gen/flowdesk/v1/simulation_pb";
import { MessageSquareReply } from "lucide-react";
import { useState } from "react";
import { kindOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Confirm } from "@/parts/confirm";
import { Empty } from "@/parts/states";
import { Tag } from "@/parts/status";
import { clock } from "@/parts/time";
import { Button } from "@/ui/button";
import { Field, Input, Select, Textarea } from "@/ui/field";
import type { Simulated } from "./simulation";

/** Calls are the questions to models and hosts, none of which leaves the simulation, with the answers that took their place. */
export function Calls({ simulation, definition }: { simulation: Simulated; definition: FlowDefinition | undefined }) {
  const { t, lang } = useText();
  const [answering, setAnswering] = useState<{ node: string; call?: SimulatedCall }>();
  const calls = simulation.state?.calls ?? [];
  const callers = (definition?.nodes ?? []).filter((node) => (kindOf(node)?.spec.maxCalls ?? 0) > 0);
  const titleOf = (id: string) => {
    const node = callers.find((n) => n.id === id);
    return node?.name || pick(node && kindOf(node)?.spec.title, lang) || id;
  };
  return (
    <div className="text-[13px] leading-5">
      <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
        <p className="min-w-0 flex-1 text-soft">{t("sim.callsHint")}</p>
        {callers.length > 0 && (
          <Button size="small" onClick={() => setAnswering({ node: callers[0]?.id ?? "" })}>
            <MessageSquareReply /> {t("sim.giveAnswer")}
          </Button>
        )}
      </div>
      {calls.length === 0 ? (
        <Empty title={t("sim.noCalls")} hint={callers.length === 0 ? t("sim.noCallers") : t("sim.noCallsHint")} />
      ) : (
        <ol className="divide-y">
          {calls.toReversed().map((c) => (
            <li key={c.call?.id} className="flex flex-col gap-1 px-3 py-2">
              <div className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{titleOf(c.call?.node ?? "")}</span>
                <Tag className={c.answer?.outcome === CallOutcome.OK ? "bg-ok/15 text-ink" : "bg-warn/15 text-ink"}>
                  {c.given
                    ? t("sim.answerGiven")
                    : c.answer?.outcome === CallOutcome.OK
                      ? t("sim.answered")
                      : t("sim.unanswered")}
                </Tag>
                <span className="text-xs text-faint">{c.time && clock(timestampDate(c.time), lang)}</span>
                <span className="flex-1" />
                <Button size="small" onClick={() => setAnswering({ node: c.call?.node ?? "", call: c })}>
                  {t("sim.giveAnswer")}
                </Button>
              </div>
              <p className="break-words text-soft">{question(c)}</p>
              <p className="break-words">{c.answer?.body || because(c.answer?.reason ?? "", lang)}</p>
            </li>
          ))}
        </ol>
      )}
      {answering && (
        <Answer
          simulation={simulation}
          node={answering.node}
          call={answering.call}
          nodes={callers.map((n) => ({ id: n.id, title: titleOf(n.id) }))}
          onClose={() => setAnswering(undefined)}
        />
      )}
    </div>
  );
}

// What was asked: the last message to a model, or where a request went.
function question(c: SimulatedCall): string {
  const request = c.call?.request;
  if (request?.case === "model") return request.value.messages.at(-1)?.text ?? "";
  if (request?.case === "http") return `${request.value.method} ${request.value.url}`;
  return "";
}

function Answer({
  simulation,
  node: first,
  call,
  nodes,
  onClose,
}: {
  simulation: Simulated;
  node: string;
  call: SimulatedCall | undefined;
  nodes: { id: string; title: string }[];
  onClose: () => void;
}) {
  const { t } = useText();
  const lastSaid = simulation.state?.lines.findLast((l) => l.step > 0);
  const [node, setNode] = useState(first);
  const [outcome, setOutcome] = useState(CallOutcome.OK);
  const [body, setBody] = useState(call?.given ? (call.answer?.body ?? "") : "");
  const [reason, setReason] = useState("");
  const [status, setStatus] = useState(200);
  const [again, setAgain] = useState(lastSaid !== undefined);
  const http = call?.call?.request.case === "http";
  const schema = call?.call?.request.case === "model" ? call.call.request.value.jsonSchema : "";
  const give = async () => {
    // The answer counts from now on: to see what it changes, the last message is said once more.
    if (again && lastSaid) await simulation.rewind(lastSaid.step - 1);
    await simulation.play({
      action: { case: "answer", value: { node, answer: { outcome, body, reason, status: http ? status : 0 } } },
    });
    if (again && lastSaid) await simulation.say(lastSaid.sender, lastSaid.text, lastSaid.mentions, lastSaid.group);
  };
  return (
    <Confirm open onClose={onClose} title={t("sim.giveAnswer")} verb={t("sim.giveAnswer")} onConfirm={give}>
      <p className="text-soft">{t("sim.giveAnswerHint")}</p>
      <Field label={t("word.node")}>
        {(p) => (
          <Select {...p} className="w-full" value={node} onChange={(e) => setNode(e.target.value)}>
            {nodes.map((n) => (
              <option key={n.id} value={n.id}>
                {n.title}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("sim.outcome")}>
        {(p) => (
          <Select {...p} className="w-full" value={outcome} onChange={(e) => setOutcome(Number(e.target.value))}>
            <option value={CallOutcome.OK}>{t("sim.outcomeOk")}</option>
            <option value={CallOutcome.FAILED}>{t("sim.outcomeFailed")}</option>
            <option value={CallOutcome.UNKNOWN}>{t("sim.outcomeUnknown")}</option>
          </Select>
        )}
      </Field>
      {outcome === CallOutcome.OK ? (
        <>
          <Field label={t("sim.answerBody")} help={schema ? t("sim.answerSchema", { schema }) : undefined}>
            {(p) => <Textarea {...p} rows={4} value={body} onChange={(e) => setBody(e.target.value)} />}
          </Field>
          {http && (
            <Field label={t("sim.status")}>
              {(p) => <Input {...p} type="number" value={status} onChange={(e) => setStatus(e.target.valueAsNumber)} />}
            </Field>
          )}
        </>
      ) : (
        <Field label={t("word.reason")}>
          {(p) => <Input {...p} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
      )}
      {lastSaid && (
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4" checked={again} onChange={(e) => setAgain(e.target.checked)} />
          {t("sim.sayAgain", { text: lastSaid.text })}
        </label>
      )}
    </Confirm>
  );
}
