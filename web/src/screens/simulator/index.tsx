import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import type { ChatLine } from "@gen/flowdesk/v1/simulation_pb";
import { FlaskConical, History, SquarePen, Theater } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { problem } from "@/api/problem";
import { pinsFor, useTrial } from "@/graph/trial";
import { useText } from "@/i18n";
import { useListParams } from "@/parts/list";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useBreakpoints } from "./breakpoints";
import { CaseStrip, caseId, caseName } from "./case-strip";
import { Controls } from "./controls";
import { Conversation } from "./conversation";
import { People } from "./people";
import { Pickers } from "./pickers";
import { PublishDraft } from "./publish-draft";
import { Reword } from "./reword-dialog";
import { Robots } from "./robots";
import { Scenarios } from "./scenarios";
import { type Choice, useSimulation } from "./simulation";
import { Tests } from "./tests";
import { type Tab, Trace } from "./trace";
import { useTried } from "./tried";

export default function Simulator() {
  const list = useListParams();
  const flows = useQuery(FlowService.method.listFlows, { pageSize: 200 });
  const known = flows.data?.flows ?? [];
  const id = list.get("flow") || known.find((f) => f.activeVersion > 0)?.id || known[0]?.id || "";
  const version = list.get("version") || "active";
  if (flows.error) return <Failure error={flows.error} onRetry={flows.refetch} />;
  if (!flows.data) return <Skeleton />;
  const choice: Choice = { flow: id && `flows/${id}`, active: version === "active", version: Number(version) || 0 };
  const flow = known.find((f) => f.id === id);
  return (
    <Chosen
      key={id}
      choice={choice}
      // What is live changes with each publication, and then the conversation is played again on it.
      turn={version === "active" ? `active ${flow?.activeVersion}` : version}
      flow={id}
      known={flow}
      testCase={caseName(id, list.get("case"))}
      onCase={(name) => list.set(name ? { flow: id, case: caseId(name), open: "" } : { case: "" })}
      open={list.get("open")}
      onOpen={(what) => list.set({ open: what })}
      onDraft={() => list.set({ flow: id, version: "draft" })}
      onLive={() => list.set({ flow: id, version: "" })}
      picker={
        <Pickers
          flows={known}
          flow={id}
          version={version}
          onChoose={(to) => list.set({ ...to, ...(to.flow && { case: "" }) })}
        />
      }
    />
  );
}

type Pane = "chat" | "trace" | "people";

interface ChosenProps {
  choice: Choice;
  turn: string;
  flow: string;
  known: Flow | undefined;
  /** Test case that is played, by its name; empty for none. */
  testCase: string;
  onCase: (name: string) => void;
  /** What stands over the page: scenarios or tests. */
  open: string;
  onOpen: (what: "" | "scenarios" | "tests") => void;
  onDraft: () => void;
  onLive: () => void;
  picker: ReactNode;
}

// Which of the outputs that the editor pinned hold is known when the nodes are; without pins there is nothing to wait for.
function Chosen(props: ChosenProps) {
  const { choice, flow, turn } = props;
  const { pins: pinned, breakpoints } = useTrial(flow);
  const doc = useTried(flow, choice);
  const nodes = useMemo(() => new Set(doc?.definition.nodes.map((n) => n.id)), [doc]);
  const pins = useMemo(() => pinsFor(pinned, nodes), [pinned, nodes]);
  if (pinned.length > 0 && doc === undefined) return <Skeleton />;
  const key = pinned.length > 0 ? `${turn} ${JSON.stringify(pinned)}` : turn;
  return (
    <Tried
      {...props}
      choice={{ ...choice, pins }}
      run={key}
      breakpoints={doc ? breakpoints.filter((b) => nodes.has(b)) : undefined}
    />
  );
}

function Tried({
  choice,
  turn,
  run: key,
  breakpoints,
  flow,
  known,
  testCase,
  onCase,
  open,
  onOpen,
  onDraft,
  onLive,
  picker,
}: ChosenProps & { run: string; breakpoints: readonly string[] | undefined }) {
  const { t, lang } = useText();
  const [drafts, setDrafts] = useState(0);
  const simulation = useSimulation(choice, `${key} ${drafts}`, testCase);
  const [speaker, setSpeaker] = useState("");
  const [run, setRun] = useState("");
  const [line, setLine] = useState<ChatLine>();
  const [rewording, setRewording] = useState<ChatLine>();
  const [tab, setTab] = useState<Tab>("path");
  const [pane, setPane] = useState<Pane>("chat");
  const draft = turn === "draft";
  const { state, diagnostics, error } = simulation;
  const inactive = error !== undefined && problem(error).reason.endsWith("FLOW_INACTIVE");
  useBreakpoints(simulation, breakpoints);
  // Who starts over, or plays something else, has left the case.
  const playing = state?.simulation?.testCase;
  const before = useRef(playing);
  useEffect(() => {
    const left = testCase !== "" && before.current === testCase && playing !== testCase;
    before.current = playing;
    if (left) onCase("");
  }, [playing, testCase, onCase]);
  const why = (l: ChatLine) => {
    setLine(l);
    if (l.instance) setRun(l.instance);
    setTab(l.outgoing && l.instance ? "path" : "why");
    setPane("trace");
  };
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b bg-[repeating-linear-gradient(45deg,var(--sunken)_0_10px,var(--surface)_10px_20px)] px-3 py-2">
        <h1 className="text-base font-semibold">{t("nav.simulator")}</h1>
        <span className="rounded bg-warn/15 px-2 text-xs text-ink">{t("sim.banner")}</span>
        <div className="flex-1" />
        <Button onClick={() => onOpen("scenarios")}>
          <Theater /> <span className="max-xl:sr-only">{t("sim.scenario")}</span>
        </Button>
        <Button onClick={() => onOpen("tests")}>
          <FlaskConical /> <span className="max-xl:sr-only">{t("sim.tests")}</span>
        </Button>
        {picker}
        <Link
          to={`/flows/${encodeURIComponent(flow)}/edit`}
          aria-label={t("sim.edit")}
          title={t("sim.edit")}
          className="inline-flex size-8 items-center justify-center rounded-control border bg-surface hover:bg-sunken max-md:size-10"
        >
          <SquarePen className="size-4" aria-hidden />
        </Link>
        <Link
          to={`/flows/${encodeURIComponent(flow)}/versions`}
          title={t("flows.versions")}
          className="hidden sm:inline-flex h-8 min-w-8 items-center justify-center gap-1.5 rounded-control border bg-surface px-2 hover:bg-sunken max-md:h-10 max-md:min-w-10"
        >
          <History className="size-4" aria-hidden />
          <span className="max-xl:sr-only">{t("flows.versions")}</span>
        </Link>
        {draft && known?.draftChanged && <PublishDraft flow={flow} onPublished={onLive} />}
      </div>
      {testCase !== "" && (
        <CaseStrip
          name={testCase}
          choice={choice}
          turn={`${key} ${drafts} ${known?.revision ?? ""}`}
          simulation={simulation}
          onClose={() => onCase("")}
        />
      )}
      {error !== undefined && !inactive && (
        <Failure error={error} onRetry={() => void simulation.begin().catch(() => {})} />
      )}
      {diagnostics.length > 0 && (
        <ul className="border-b bg-bad/5 px-4 py-2 text-bad">
          {diagnostics.slice(0, 5).map((d) => (
            <li key={d.code + d.node + d.field}>{(lang === "zh" && d.messageZh) || d.message}</li>
          ))}
        </ul>
      )}
      <div className="flex border-b xl:hidden" role="tablist">
        {(["chat", "trace", "people"] as const).map((key) => (
          <button
            key={key}
            type="button"
            role="tab"
            aria-selected={pane === key}
            onClick={() => setPane(key)}
            className={cn(
              "h-10 flex-1",
              key === "trace" && "lg:hidden", // it stands beside the chat there
              (pane === key || (key === "chat" && pane === "trace")) &&
                "lg:border-b-2 lg:border-primary lg:font-medium",
              pane === key && "border-b-2 border-primary font-medium",
            )}
          >
            {t(key === "people" ? "sim.cast" : `sim.${key}`)}
          </button>
        ))}
      </div>
      {state?.simulation ? (
        <div className="grid min-h-0 flex-1 max-xl:grid-rows-[minmax(0,1fr)] lg:grid-cols-[minmax(320px,1fr)_minmax(360px,1.2fr)] xl:grid-cols-[208px_minmax(320px,1fr)_minmax(380px,1.3fr)]">
          <div
            className={cn(
              "col-span-full overflow-y-auto border-r bg-surface xl:col-span-1",
              pane !== "people" && "max-xl:hidden",
            )}
          >
            <People simulation={simulation} speaker={speaker} onSpeak={setSpeaker} />
            <Robots simulation={simulation} />
          </div>
          <div
            className={cn(
              "flex min-h-0 min-w-0 flex-col",
              pane !== "chat" && "max-lg:hidden",
              pane === "people" && "max-xl:hidden",
            )}
          >
            <Conversation
              simulation={simulation}
              speaker={speaker}
              onSpeak={setSpeaker}
              onWhy={why}
              onReword={setRewording}
            />
          </div>
          <div
            className={cn(
              "min-h-0 min-w-0 border-l bg-surface",
              pane !== "trace" && "max-lg:hidden",
              pane === "people" && "max-xl:hidden",
            )}
          >
            <Trace
              simulation={simulation}
              flow={flow}
              choice={choice}
              run={run}
              onRun={setRun}
              line={line?.id ?? ""}
              tab={tab}
              onTab={setTab}
            />
          </div>
        </div>
      ) : diagnostics.length > 0 ? (
        <Empty
          title={t("sim.broken")}
          action={
            <Link className="text-primary hover:underline" to={`/flows/${encodeURIComponent(flow)}/edit`}>
              {t("sim.edit")}
            </Link>
          }
        />
      ) : inactive ? (
        <Empty
          title={t("sim.noLive")}
          action={
            <Button tone="primary" onClick={onDraft}>
              {t("sim.tryDraft")}
            </Button>
          }
        />
      ) : error === undefined ? (
        <Skeleton />
      ) : (
        <div className="flex-1" />
      )}
      <Controls simulation={simulation} className={cn(pane !== "people" && "max-lg:hidden")} />
      {open === "scenarios" && <Scenarios simulation={simulation} onClose={() => onOpen("")} />}
      {open === "tests" && (
        <Tests
          flow={flow}
          choice={choice}
          simulation={simulation}
          onWatch={(name) => {
            if (name === testCase) void simulation.begin(name).catch(() => {});
            onCase(name);
          }}
          onClose={() => onOpen("")}
        />
      )}
      {rewording && (
        <Reword
          simulation={simulation}
          flow={flow}
          line={rewording}
          onClose={() => setRewording(undefined)}
          onDrafted={() => {
            setDrafts((n) => n + 1);
            onDraft();
          }}
        />
      )}
    </div>
  );
}
