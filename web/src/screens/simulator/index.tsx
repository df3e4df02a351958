import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { useEffect, useMemo, useState } from "react";
import type { Doc } from "@/graph/doc";
import { pinsFor, useTrial } from "@/graph/trial";
import { useText } from "@/i18n";
import { useListParams } from "@/parts/list";
import { Failure, Skeleton } from "@/parts/states";
import { cn } from "@/ui/cn";
import { Select } from "@/ui/field";
import { Controls } from "./controls";
import { Conversation } from "./conversation";
import { People } from "./people";
import { type Choice, useSimulation } from "./simulation";
import { Tests } from "./tests";
import { Trace } from "./trace";
import { useTried } from "./tried";

export default function Simulator() {
  const { t } = useText();
  const list = useListParams();
  const flows = useQuery(FlowService.method.listFlows, { pageSize: 200 });
  const known = flows.data?.flows ?? [];
  const flow = list.get("flow") || known.find((f) => f.activeVersion > 0)?.id || known[0]?.id || "";
  const version = list.get("version") || "active";
  if (flows.error) return <Failure error={flows.error} onRetry={flows.refetch} />;
  if (!flows.data) return <Skeleton />;
  const choice: Choice = { flow: flow && `flows/${flow}`, active: version === "active", version: Number(version) || 0 };
  return (
    <Chosen
      key={`${flow}@${version}`}
      choice={choice}
      flow={flow}
      picker={
        <>
          <Select aria-label={t("word.flow")} value={flow} onChange={(e) => list.set({ flow: e.target.value })}>
            {known.map((f) => (
              <option key={f.id} value={f.id}>
                {f.title}
              </option>
            ))}
          </Select>
          <Select
            aria-label={t("word.version")}
            value={version}
            onChange={(e) => list.set({ version: e.target.value })}
          >
            <option value="active">{t("sim.live")}</option>
            <option value="draft">{t("versions.draft")}</option>
            {Array.from({ length: known.find((f) => f.id === flow)?.latestVersion ?? 0 }, (_, i) => i + 1)
              .reverse()
              .map((v) => (
                <option key={v} value={v}>
                  v{v}
                </option>
              ))}
          </Select>
        </>
      }
    />
  );
}

function Chosen({ choice, flow, picker }: { choice: Choice; flow: string; picker: React.ReactNode }) {
  const trial = useTrial(flow);
  const doc = useTried(flow, choice);
  // Which pins hold is known when the nodes are; without pins there is nothing to wait for.
  if (trial.pins.length > 0 && !doc) return <Skeleton />;
  return <Tried choice={choice} flow={flow} picker={picker} trial={trial} doc={doc} />;
}

function Tried({
  choice,
  flow,
  picker,
  trial,
  doc,
}: {
  choice: Choice;
  flow: string;
  picker: React.ReactNode;
  trial: ReturnType<typeof useTrial>;
  doc: Doc | undefined;
}) {
  const { t } = useText();
  const pins = useMemo(() => pinsFor(trial.pins, new Set(doc?.definition.nodes.map((n) => n.id))), [trial.pins, doc]);
  const simulation = useSimulation({ ...choice, pins }, "", JSON.stringify(trial.pins));
  const [speaker, setSpeaker] = useState("");
  const [run, setRun] = useState("");
  const [tab, setTab] = useState<"chat" | "trace">("chat");
  const [testing, setTesting] = useState(false);
  const { state, diagnostics, error } = simulation;
  const errors = diagnostics.filter((d) => d.severity === 1);
  const name = state?.simulation?.name;
  const points = trial.breakpoints.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each simulation and each change of the breakpoints
  useEffect(() => {
    const known = state?.simulation?.debug?.breakpoints ?? [];
    if (name && known.join() !== points)
      void simulation.debug(state?.simulation?.debug?.everyNode ?? false, [...trial.breakpoints]).catch(() => {});
  }, [name, points]);
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b bg-[repeating-linear-gradient(45deg,var(--sunken)_0_10px,var(--surface)_10px_20px)] px-3 py-2">
        <h1 className="text-base font-semibold">{t("nav.simulator")}</h1>
        <span className="rounded bg-warn/15 px-2 text-xs text-warn">{t("sim.banner")}</span>
        <div className="flex-1" />
        {picker}
      </div>
      {error !== undefined && <Failure error={error} onRetry={() => void simulation.begin()} />}
      {errors.length > 0 && (
        <ul className="border-b bg-bad/5 px-4 py-2 text-bad">
          {errors.slice(0, 5).map((d) => (
            <li key={d.code + d.node + d.field}>{d.messageZh || d.message}</li>
          ))}
        </ul>
      )}
      <div className="grid grid-cols-2 border-b lg:hidden" role="tablist">
        {(["chat", "trace"] as const).map((key) => (
          <button
            key={key}
            type="button"
            role="tab"
            aria-selected={tab === key}
            onClick={() => setTab(key)}
            className={cn("h-10", tab === key && "border-b-2 border-primary font-medium")}
          >
            {t(`sim.${key}`)}
          </button>
        ))}
      </div>
      {state?.simulation ? (
        <div className="grid min-h-0 flex-1 lg:grid-cols-[200px_minmax(320px,1fr)_minmax(380px,1.3fr)]">
          <div className="overflow-y-auto border-r bg-surface max-lg:hidden">
            <People simulation={simulation} speaker={speaker} onSpeak={setSpeaker} />
          </div>
          <div className={cn("flex min-h-0 flex-col", tab !== "chat" && "max-lg:hidden")}>
            <Conversation simulation={simulation} speaker={speaker} onSpeak={setSpeaker} onRun={setRun} flow={flow} />
          </div>
          <div className={cn("min-h-0 border-l bg-surface", tab !== "trace" && "max-lg:hidden")}>
            <Trace simulation={simulation} flow={flow} doc={doc} trial={trial} run={run} onRun={setRun} />
          </div>
        </div>
      ) : (
        <Skeleton />
      )}
      <Controls simulation={simulation} onTests={() => setTesting(true)} />
      {testing && <Tests flow={flow} choice={choice} simulation={simulation} onClose={() => setTesting(false)} />}
    </div>
  );
}
