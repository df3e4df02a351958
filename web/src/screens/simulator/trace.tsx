import { timestampDate } from "@bufbuild/protobuf/wkt";
import { StepMode } from "@gen/flowdesk/v1/simulator_pb";
import { CircleDot } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { Canvas } from "@/canvas/canvas";
import type { Marks } from "@/canvas/model";
import type { Doc } from "@/graph/doc";
import { pinOf, type useTrial } from "@/graph/trial";
import { pick, useText } from "@/i18n";
import { Empty } from "@/parts/states";
import { CommandStateChip, InstanceState, Level, TaskStateChip } from "@/parts/status";
import { Steps } from "@/parts/steps";
import { absolute } from "@/parts/time";
import { Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { Tabs } from "@/ui/tabs";
import { overlayOf } from "../instance/overlay";
import type { Simulated } from "./simulation";

type Tab = "path" | "commands" | "tasks" | "alerts" | "plan";

/** Trace lights up the way that a run took, and lists what came of it and what is to come. */
export function Trace({
  simulation,
  flow,
  doc,
  trial,
  run,
  onRun,
}: {
  simulation: Simulated;
  flow: string;
  doc: Doc | undefined;
  trial: ReturnType<typeof useTrial>;
  run: string;
  onRun: (id: string) => void;
}) {
  const { t, lang } = useText();
  const [tab, setTab] = useState<Tab>("path");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { state } = simulation;
  const runs = state?.runs ?? [];
  const debug = state?.simulation?.debug;
  const shown = runs.find((r) => r.instance?.id === run) ?? runs.at(-1);
  const steps = useMemo(
    () => (debug?.held ? [...debug.done, ...(debug.next ? [debug.next] : [])] : (shown?.path ?? [])),
    [debug, shown],
  );
  const overlay = useMemo(() => (doc && steps.length > 0 ? overlayOf(doc, steps) : undefined), [doc, steps]);
  const focus = useMemo(() => overlay && [...overlay.nodes.keys()], [overlay]);
  const [only] = selected;
  const pinned = useMemo(() => new Set(trial.pins.map((p) => p.node)), [trial.pins]);
  const marks = useMemo(() => {
    const all = new Map<string, Marks>();
    for (const id of [...pinned, ...trial.breakpoints])
      all.set(id, {
        errors: 0,
        warnings: 0,
        pinned: pinned.has(id),
        breakpoint: trial.breakpoints.includes(id),
      });
    return all;
  }, [pinned, trial.breakpoints]);
  return (
    <section aria-label={t("sim.trace")} className="flex h-full flex-col">
      <div className="h-1/2 min-h-48 border-b">
        {doc && (
          <Canvas
            doc={doc}
            label={t("editor.canvas")}
            readOnly
            selected={selected}
            marks={marks}
            onSelect={setSelected}
            overlay={overlay}
            focus={focus}
            minimap={false}
          />
        )}
      </div>
      {runs.length > 0 && (
        <div className="flex flex-wrap items-center gap-2 border-b px-3 py-1.5">
          <Select
            aria-label={t("word.instance")}
            className="max-w-56"
            value={shown?.instance?.id ?? ""}
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
          {only && (
            <Button
              size="small"
              disabled={!debug?.held}
              title={t("sim.runToHint")}
              onClick={() => void simulation.step(StepMode.RUN_TO, only).catch(() => {})}
            >
              {t("sim.runTo")}
            </Button>
          )}
          {only && (
            <>
              <Button
                size="small"
                aria-pressed={trial.breakpoints.includes(only)}
                onClick={() => trial.toggleBreakpoint(only)}
              >
                <CircleDot className={trial.breakpoints.includes(only) ? "text-bad" : ""} />
                {t(trial.breakpoints.includes(only) ? "drawing.clearBreakpoint" : "drawing.setBreakpoint")}
              </Button>
              <Link
                className="text-[13px] text-primary hover:underline"
                to={`/flows/${encodeURIComponent(flow)}/edit?node=${encodeURIComponent(only)}`}
              >
                {t("drawing.editNode")}
              </Link>
            </>
          )}
        </div>
      )}
      <Tabs<Tab>
        className="flex min-h-0 flex-1 flex-col"
        label={t("sim.trace")}
        value={tab}
        onChange={setTab}
        tabs={[
          {
            key: "path",
            label: t("why.path"),
            panel:
              steps.length > 0 ? (
                <Steps
                  steps={steps}
                  selected={only}
                  pinned={pinned}
                  onSelect={(node) => setSelected(new Set([node]))}
                  onPin={(step) => {
                    const pin = pinOf(step.node, step.port, step.output);
                    if (pinned.has(step.node)) trial.unpin(step.node);
                    else if (pin) trial.pin(pin);
                  }}
                />
              ) : (
                <Empty title={t("sim.noRun")} hint={t("sim.noRunHint")} />
              ),
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
                        {c.targetName} · {c.robot} · {c.attempts}/{c.maxRetries + 1} {c.delayReason || c.reason}
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
                    <TaskStateChip state={task.state} /> {task.title}{" "}
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
                    <Level level={alert.level} /> {alert.text}
                  </li>
                ))}
              </Rows>
            ),
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
        ]}
      />
    </section>
  );
}

function Rows({ children }: { children: React.ReactNode }) {
  const { t } = useText();
  const nothing = !children || (Array.isArray(children) && children.length === 0);
  return nothing ? <Empty title={t("word.none")} /> : <ul className="divide-y text-[13px] leading-5">{children}</ul>;
}
