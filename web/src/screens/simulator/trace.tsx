import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import { useMemo, useRef, useState } from "react";
import { Canvas } from "@/canvas/canvas";
import { docOf } from "@/graph/doc";
import { pinOf, useTrial } from "@/graph/trial";
import { pick, useText } from "@/i18n";
import { because, headline } from "@/i18n/reasons";
import { Empty } from "@/parts/states";
import { CommandStateChip, InstanceState, Level, TaskStateChip } from "@/parts/status";
import { Steps } from "@/parts/steps";
import { absolute } from "@/parts/time";
import { Select } from "@/ui/field";
import { Tabs } from "@/ui/tabs";
import { ValuesPanel } from "../editor/values-panel";
import { overlayOf } from "../instance/overlay";
import { AtNode } from "./at-node";
import { Calls } from "./calls";
import { History } from "./history";
import type { Choice, Simulated } from "./simulation";
import { useWalk } from "./walk";
import { Why } from "./why";

/** Tab is what stands below the canvas. */
export type Tab = "path" | "values" | "why" | "commands" | "tasks" | "alerts" | "calls" | "plan" | "history";

/** Trace lights up the way that a run took, and lists what came of it and what is to come. */
export function Trace({
  simulation,
  flow,
  choice,
  run,
  onRun,
  line,
  tab,
  onTab,
}: {
  simulation: Simulated;
  flow: string;
  choice: Choice;
  run: string;
  onRun: (id: string) => void;
  /** Line whose why is told; the last one that a person said when none was chosen. */
  line: string;
  tab: Tab;
  onTab: (tab: Tab) => void;
}) {
  const { t, lang } = useText();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const trial = useTrial(flow);
  const pinned = useMemo(() => new Set(trial.pins.map((p) => p.node)), [trial.pins]);
  const pin = (step: TraceStep) => {
    if (pinned.has(step.node)) return trial.unpin(step.node);
    const made = pinOf(step.node, step.port, step.output);
    if (made) trial.pin(made);
  };
  const { state } = simulation;
  const version = state?.simulation?.version ?? 0;
  const draft = !choice.active && !choice.version;
  const drafted = useQuery(FlowService.method.getFlow, { name: `flows/${flow}` }, { enabled: flow !== "" && draft })
    .data?.flow;
  const stored = useQuery(
    FlowService.method.getFlowVersion,
    { name: `flows/${flow}/versions/${version}` },
    { enabled: flow !== "" && !draft && version > 0, staleTime: Number.POSITIVE_INFINITY },
  ).data?.flowVersion;
  const source = draft ? drafted : stored;
  const found = useMemo(() => source && docOf(source.definition, source.layout), [source]);
  // Another version is on its way: until it has come, the canvas keeps what it showed.
  const kept = useRef(found);
  if (found) kept.current = found;
  const doc = kept.current;
  const runs = state?.runs ?? [];
  const debug = state?.simulation?.debug;
  const shown = runs.find((r) => r.instance?.id === run) ?? runs.at(-1);
  const steps = useMemo(
    () => (debug?.held ? [...debug.done, ...(debug.next ? [debug.next] : [])] : (shown?.path ?? [])),
    [debug, shown],
  );
  const lit = useWalk(shown?.instance?.id ?? "", steps.length);
  const overlay = useMemo(
    () =>
      doc && steps.length > 0 ? overlayOf(doc, steps.slice(0, lit), debug?.held && lit >= steps.length) : undefined,
    [doc, steps, lit, debug],
  );
  const [only] = selected;
  const focus = useMemo(() => around(steps, lit, only), [steps, lit, only]);
  return (
    <section aria-label={t("sim.trace")} className="flex h-full flex-col">
      <div className="h-1/2 min-h-48 border-b">
        {doc && (
          <Canvas
            doc={doc}
            label={t("editor.canvas")}
            readOnly
            selected={selected}
            onSelect={setSelected}
            overlay={overlay}
            focus={focus}
            minimap={false}
          />
        )}
      </div>
      {(runs.length > 0 || only) && (
        <div className="flex flex-wrap items-center gap-2 border-b px-3 py-1.5">
          <Select
            aria-label={t("word.instance")}
            className="max-w-72"
            value={shown?.instance?.id ?? ""}
            disabled={runs.length === 0}
            onChange={(e) => onRun(e.target.value)}
          >
            {runs.map((r, i) => (
              <option key={r.instance?.id} value={r.instance?.id}>
                {t("sim.run", { number: i + 1 })}{" "}
                {r.instance?.beginTime && absolute(timestampDate(r.instance.beginTime), lang, true)}
              </option>
            ))}
          </Select>
          {shown?.instance && <InstanceState status={shown.instance.status} />}
          {only && <AtNode simulation={simulation} flow={flow} node={only} />}
        </div>
      )}
      <Tabs<Tab>
        className="flex min-h-0 flex-1 flex-col"
        label={t("sim.trace")}
        value={tab}
        onChange={onTab}
        tabs={[
          {
            key: "path",
            label: t("why.path"),
            panel:
              steps.length > 0 ? (
                <Steps
                  steps={steps}
                  nodes={doc?.definition.nodes ?? []}
                  selected={only}
                  pinned={pinned}
                  onSelect={(node) => setSelected(new Set([node]))}
                  onPin={pin}
                />
              ) : (
                <Empty title={t("sim.noRun")} hint={t("sim.noRunHint")} />
              ),
          },
          {
            key: "values",
            label: t("drawer.values"),
            panel: doc ? (
              <ValuesPanel
                trying={{ doc, only, steps, debug: debug?.held ? debug : undefined }}
                onOpen={(node) => setSelected(new Set([node]))}
              />
            ) : (
              <Empty title={t("sim.noRun")} hint={t("sim.noRunHint")} />
            ),
          },
          {
            key: "why",
            label: t("word.why"),
            panel: <Why simulation={simulation} line={line || (state?.lines.findLast((l) => l.step > 0)?.id ?? "")} />,
          },
          {
            key: "commands",
            label: `${t("word.command")} ${state?.commands.length || ""}`,
            panel: (
              <Rows>
                {state?.commands.map((c) => (
                  <li key={c.id} className="px-3 py-2">
                    <div className="flex flex-wrap items-center gap-2">
                      <CommandStateChip state={c.state} />
                      <span className="text-xs text-faint">
                        {c.targetName} · {c.robot} · {c.attempts}/{c.maxRetries + 1}{" "}
                        {because(c.delayReason || c.reason, lang)}
                      </span>
                    </div>
                    {c.text}
                  </li>
                ))}
              </Rows>
            ),
          },
          {
            key: "tasks",
            label: `${t("word.task")} ${state?.tasks.length || ""}`,
            panel: (
              <Rows>
                {state?.tasks.map((task) => (
                  <li key={task.id} className="flex flex-wrap items-center gap-2 px-3 py-2">
                    <TaskStateChip state={task.state} /> {headline(task.title, lang)}{" "}
                    <span className="text-xs text-faint">{task.targetName}</span>
                  </li>
                ))}
              </Rows>
            ),
          },
          {
            key: "alerts",
            label: `${t("word.alert")} ${state?.alerts.length || ""}`,
            panel: (
              <Rows>
                {state?.alerts.map((alert) => (
                  <li key={alert.id} className="flex flex-wrap items-center gap-2 px-3 py-2">
                    <Level level={alert.level} /> {headline(alert.text, lang)}
                  </li>
                ))}
              </Rows>
            ),
          },
          {
            key: "calls",
            label: `${t("sim.calls")} ${state?.calls.length || ""}`,
            panel: <Calls simulation={simulation} definition={doc?.definition} />,
          },
          {
            key: "plan",
            label: t("sim.plan"),
            panel: (
              <Rows>
                {state?.plan.map((p) => (
                  <li
                    key={`${p.kind}${p.command}${p.instance}${p.purpose}${p.time?.seconds}`}
                    className="flex flex-wrap gap-2 px-3 py-2"
                  >
                    <time className="font-mono text-[13px]">
                      {p.time && absolute(timestampDate(p.time), lang, true)}
                    </time>{" "}
                    {pick(p.text, lang) || p.purpose}
                  </li>
                ))}
              </Rows>
            ),
          },
          {
            key: "history",
            label: t("sim.history"),
            panel: <History simulation={simulation} />,
          },
        ]}
      />
    </section>
  );
}

// What the canvas shows: the node that is selected, the one that is being lit, or, at rest, where the run said something, with what led there.
function around(steps: readonly TraceStep[], lit: number, only: string | undefined): string[] | undefined {
  if (only) return [only];
  if (steps.length === 0) return undefined;
  const spoke = steps.findLastIndex((s) => s.kind === "ROBOT_COMMAND_SEND");
  const end = lit < steps.length ? lit - 1 : spoke < 0 ? steps.length - 1 : spoke;
  return steps.slice(Math.max(0, end - 2), end + 1).map((s) => s.node);
}

function Rows({ children }: { children: React.ReactNode }) {
  const { t } = useText();
  const nothing = !children || (Array.isArray(children) && children.length === 0);
  return nothing ? <Empty title={t("word.none")} /> : <ul className="divide-y text-[13px] leading-5">{children}</ul>;
}
