import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import type { Node } from "@gen/flowdesk/v1/definition_pb";
import type { TraceStep } from "@gen/flowdesk/v1/resource_instance_pb";
import { ChevronRight, CircleX, Hourglass, Pin } from "lucide-react";
import { useState } from "react";
import { jsonOf, registry } from "@/api/registry";
import { kindNamed, portTitle } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { cn } from "@/ui/cn";
import { Tag } from "./status";
import { span, Time } from "./time";

/** Steps is the path of an instance as a timeline: each step with its port, time, inputs, output and error. */
export function Steps({
  steps,
  selected,
  pinned,
  onSelect,
  onPin,
  brief = false,
  nodes = [],
}: {
  steps: readonly TraceStep[];
  /** Nodes of the flow, which may give their ports titles. */
  nodes?: readonly Node[];
  selected?: string | undefined;
  /** Nodes whose output is pinned, where outputs can be. */
  pinned?: ReadonlySet<string>;
  onSelect?: (node: string) => void;
  onPin?: (step: TraceStep) => void;
  /** True where there is little room: no type and no time of day. */
  brief?: boolean;
}) {
  return (
    <ol className="divide-y">
      {steps.map((step, i) => (
        <Step
          // biome-ignore lint/suspicious/noArrayIndexKey: a trace only grows
          key={i}
          step={step}
          selected={selected === step.node}
          pinned={pinned?.has(step.node) ?? false}
          onSelect={onSelect}
          onPin={onPin}
          brief={brief}
          begun={steps[0]?.time}
          nodes={nodes}
        />
      ))}
    </ol>
  );
}

function Step({
  step,
  selected,
  pinned,
  onSelect,
  onPin,
  brief,
  begun,
  nodes,
}: {
  step: TraceStep;
  nodes: readonly Node[];
  /** Time of the first step. */
  begun: TraceStep["time"];
  selected: boolean;
  pinned: boolean;
  onSelect?: ((node: string) => void) | undefined;
  onPin?: ((step: TraceStep) => void) | undefined;
  brief: boolean;
}) {
  const { t, lang } = useText();
  const [open, setOpen] = useState(false);
  const output = step.output ? anyUnpack(step.output, registry) : undefined;
  const ms = step.duration ? durationMs(step.duration) : 0;
  return (
    <li className={cn("px-3 py-2", selected && "bg-primary-soft")}>
      <div className="flex items-center gap-2">
        <button
          type="button"
          aria-expanded={open}
          aria-label={t("steps.expand", { node: step.title || step.node })}
          className="grid size-6 place-items-center rounded hover:bg-sunken"
          onClick={() => setOpen(!open)}
        >
          <ChevronRight className={cn("size-4 transition-transform", open && "rotate-90")} />
        </button>
        <button
          type="button"
          className="min-w-0 flex-1 text-left"
          onClick={() => (onSelect ? onSelect(step.node) : setOpen(!open))}
        >
          <span className="font-medium">{step.title || step.node}</span>{" "}
          <span className="text-xs text-faint">
            {!brief && (pick(kindNamed(step.kind)?.spec.title, lang) || step.kind)}
            {step.visit > 1 && ` · ${t("steps.visit", { count: step.visit })}`}
          </span>
        </button>
        {step.error ? <CircleX className="size-4 shrink-0 text-bad" aria-label={t("steps.failed")} /> : null}
        {step.waitingFor.length > 0 && !step.port && (
          <Hourglass className="size-4 shrink-0 text-wait" aria-label={t("steps.waits")} />
        )}
        {step.port && <Tag>→ {portTitle(nodes, step.node, step.kind, step.port, lang) || t("editor.onError")}</Tag>}
        {onPin && step.output && (
          <button
            type="button"
            aria-pressed={pinned}
            aria-label={pinned ? t("drawing.unpin") : t("drawing.pinTitle")}
            title={pinned ? t("drawing.unpin") : t("drawing.pinHint")}
            className={cn(
              "grid size-6 place-items-center rounded hover:bg-sunken",
              pinned ? "text-wait" : "text-faint",
            )}
            onClick={() => onPin(step)}
          >
            <Pin className="size-4" />
          </button>
        )}
        <span className="text-xs whitespace-nowrap text-faint">{ms > 0 ? span(ms, lang) : ""}</span>
        {!brief && (
          <span className="text-xs text-faint max-sm:hidden">
            <Time at={step.time} seconds since={begun} />
          </span>
        )}
      </div>
      {step.error && <p className="pl-8 text-bad">{because(step.error, lang)}</p>}
      {(step.notes.length > 0 || step.waitingFor.length > 0) && (
        <p className="pl-8 text-xs text-soft">
          {[...step.notes.map((n) => because(n, lang)), ...step.waitingFor].join(" · ")}
        </p>
      )}
      {open && (
        <div className="mt-2 grid gap-3 pl-8 md:grid-cols-2">
          <div>
            <h4 className="text-xs font-medium text-faint">{t("steps.inputs")}</h4>
            {step.inputs.length === 0 ? <p className="text-xs text-faint">{t("word.none")}</p> : null}
            <dl className="text-[13px]">
              {step.inputs.map((input) => (
                <div key={input.field}>
                  <dt className="font-mono text-xs text-soft">{input.field}</dt>
                  <dd className="font-mono text-xs break-all">{input.value}</dd>
                </div>
              ))}
            </dl>
          </div>
          <div>
            <h4 className="text-xs font-medium text-faint">{t("steps.output")}</h4>
            <pre className="max-h-72 overflow-auto rounded bg-sunken p-2 font-mono text-xs whitespace-pre-wrap">
              {output ? JSON.stringify(jsonOf(output), null, 2) : t("word.none")}
            </pre>
          </div>
        </div>
      )}
    </li>
  );
}
