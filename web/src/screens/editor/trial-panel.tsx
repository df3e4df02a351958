import type { ChatLine } from "@gen/flowdesk/v1/simulation_pb";
import { Bug, ExternalLink, RotateCcw, StepForward } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { pinOf, pinsFor } from "@/graph/trial";
import { useText } from "@/i18n";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Steps } from "@/parts/steps";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import { runTo, useBreakpoints } from "../simulator/breakpoints";
import { Conversation } from "../simulator/conversation";
import { StepMode, useSimulation } from "../simulator/simulation";
import type { Trying } from "./trying";

// How long after a change the conversation is played again: one pause in typing.
const pause = 800;
const ignore = () => {};

/** TrialPanel tries the draft on screen, saved or not: somebody says something, the canvas lights up, and after a change it is played again. */
export default function TrialPanel({ trying, onOpen }: { trying: Trying; onOpen: (node: string) => void }) {
  const { t, lang } = useText();
  const { flow, doc, trial, onRun, goal } = trying;
  const [speaker, setSpeaker] = useState("");
  const [run, setRun] = useState("");
  const nodes = useMemo(() => new Set(doc.definition.nodes.map((n) => n.id)), [doc.definition.nodes]);
  const pins = useMemo(() => pinsFor(trial.pins, nodes), [trial.pins, nodes]);
  const simulation = useSimulation({ flow: flow.name, definition: doc.definition, pins }, "editor");
  const { state, diagnostics, error, busy } = simulation;
  const breakpoints = trial.breakpoints.filter((b) => nodes.has(b));
  useBreakpoints(simulation, breakpoints);
  const debug = state?.simulation?.debug;
  const name = state?.simulation?.name;

  // What is played is always what is on screen.
  const { definition } = doc;
  const played = useRef({ definition, pins });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is played again when what is played changes
  useEffect(() => {
    const before = played.current;
    if (busy || (before.definition === definition && before.pins === pins)) return;
    const timer = setTimeout(() => {
      played.current = { definition, pins };
      // A draft that could not be begun with may be whole by now.
      void (name ? simulation.replay() : simulation.begin()).catch(ignore);
    }, pause);
    return () => clearTimeout(timer);
  }, [definition, pins, name, busy]);

  const shown = state?.runs.find((r) => r.instance?.id === run) ?? state?.runs.at(-1);
  const steps = useMemo(
    () => (debug?.held ? [...debug.done, ...(debug.next ? [debug.next] : [])] : (shown?.path ?? [])),
    [debug, shown],
  );
  useEffect(() => onRun(steps, debug?.held ? debug : undefined), [steps, debug, onRun]);

  const asked = useRef<Trying["goal"]>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each goal is run to once
  useEffect(() => {
    if (!goal || !name || busy || asked.current === goal) return;
    asked.current = goal;
    runTo(simulation, goal.node, breakpoints).then((ran) => !ran && toast(t("drawer.saySomething")), ignore);
  }, [goal, name, busy]);

  if (!state?.simulation) {
    if (diagnostics.length > 0) return <Empty title={t("drawer.broken")} />;
    return error === undefined ? (
      <Skeleton rows={3} />
    ) : (
      <Failure error={error} onRetry={() => void simulation.begin()} />
    );
  }
  const why = (line: ChatLine) => {
    if (line.instance) setRun(line.instance);
    if (line.node) onOpen(line.node);
  };
  const step = (mode: StepMode) => () => void simulation.step(mode).catch(ignore);
  return (
    <div className="h-full md:grid md:grid-cols-[minmax(300px,1fr)_minmax(320px,1.2fr)]">
      <div className="flex min-h-0 flex-col border-r bg-bg max-md:h-full">
        <Conversation simulation={simulation} speaker={speaker} onSpeak={setSpeaker} onWhy={why} onReword={why} brief />
      </div>
      <div className="flex min-h-0 flex-col overflow-y-auto">
        <div className="sticky top-0 z-10 flex flex-wrap items-center gap-1.5 border-b bg-surface px-3 py-1.5">
          {debug?.held && (
            <>
              <Button size="small" tone="primary" data-step disabled={busy} onClick={step(StepMode.NODE)}>
                <StepForward /> {t("sim.step")}
              </Button>
              <Button size="small" disabled={busy} onClick={step(StepMode.CONTINUE)}>
                {t("sim.continue")}
              </Button>
            </>
          )}
          <Button
            size="small"
            aria-pressed={debug?.everyNode ?? false}
            disabled={busy}
            onClick={() => void simulation.debug(!(debug?.everyNode ?? false), breakpoints).catch(ignore)}
          >
            <Bug /> {t(debug?.everyNode ? "sim.debugOff" : "sim.debug")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => void simulation.replay().catch(ignore)}>
            <RotateCcw /> {t("drawer.replay")}
          </Button>
          <span className="flex-1" />
          <Link
            className="inline-grid size-8 place-items-center rounded-control text-primary hover:bg-sunken max-md:size-10"
            aria-label={t("drawer.openSimulator")}
            title={t("drawer.openSimulator")}
            to={`/simulator?flow=${encodeURIComponent(flow.id)}&version=draft`}
          >
            <ExternalLink className="size-4" aria-hidden />
          </Link>
        </div>
        {diagnostics.length > 0 && (
          <p className="border-b bg-bad/5 px-3 py-1.5 text-[13px] text-bad">
            {(lang === "zh" && diagnostics[0]?.messageZh) || diagnostics[0]?.message}
          </p>
        )}
        {steps.length > 0 ? (
          <Steps
            steps={steps}
            nodes={trying.doc.definition.nodes}
            brief
            selected={trying.only}
            pinned={new Set(trial.pins.map((p) => p.node))}
            onSelect={onOpen}
            onPin={(s) => {
              if (trial.pins.some((p) => p.node === s.node)) return trial.unpin(s.node);
              const made = pinOf(s.node, s.port, s.output);
              if (made) trial.pin(made);
            }}
          />
        ) : (
          <p className="px-3 py-4 text-[13px] text-soft">{t("drawer.noSteps")}</p>
        )}
      </div>
    </div>
  );
}
