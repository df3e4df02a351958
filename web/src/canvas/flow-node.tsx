import { ChangeKind } from "@gen/flowdesk/v1/flow_service_pb";
import { Handle, type Node, type NodeProps, Position, useStore } from "@xyflow/react";
import { CircleCheck, CircleX, Hourglass, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { colorOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { span } from "@/parts/time";
import { cn } from "@/ui/cn";
import { FamilyIcon } from "./look";
import type { NodeData, Run } from "./model";

const changes: Partial<Record<ChangeKind, [string, string]>> = {
  [ChangeKind.ADDED]: ["+", "bg-ok text-surface"],
  [ChangeKind.REMOVED]: ["−", "bg-bad text-surface"],
  [ChangeKind.CHANGED]: ["~", "bg-warn text-surface"],
  [ChangeKind.REWIRED]: ["⇄", "bg-info text-surface"],
};

const far = (s: { transform: [number, number, number] }) => s.transform[2] < 0.45;

/** FlowNode is a node on the canvas: its family by colour and icon, its config in a few lines, its ports, and what it is marked with. */
export const FlowNode = memo(function FlowNode({ data, selected }: NodeProps<Node<NodeData, "flow">>) {
  const { t, lang } = useText();
  const overview = useStore(far);
  const { node, kind, ports, marks, run } = data;
  const family = kind?.spec.family;
  const color = colorOf(family);
  const change = marks?.change ? changes[marks.change] : undefined;
  return (
    <div
      className={cn(
        "relative w-60 rounded-card border bg-surface text-[13px] leading-5",
        selected && "ring-2 ring-primary ring-offset-2 ring-offset-bg",
        data.dim && "opacity-40",
        data.spotlight === false && "opacity-30",
        marks?.change === ChangeKind.REMOVED && "border-dashed opacity-60",
      )}
    >
      <span className="absolute inset-y-0 left-0 w-1 rounded-l-card" style={{ background: color }} aria-hidden />
      {!kind?.spec.trigger && (
        <Handle type="target" position={Position.Left} className="!size-3 !border-2 !border-control !bg-surface" />
      )}
      <div className="flex items-center gap-2 py-2 pr-2 pl-3">
        <span style={{ color }}>
          <FamilyIcon family={family} className={overview ? "size-8" : "size-4"} />
        </span>
        <div className="min-w-0 flex-1">
          <div className={cn("truncate font-medium", overview && "text-xl")}>
            {node.name || pick(kind?.spec.title, lang) || node.id}
          </div>
          {!overview && <div className="truncate text-xs leading-4 text-faint">{pick(kind?.spec.title, lang)}</div>}
        </div>
        {run && <RunMark run={run} />}
        {marks && marks.errors + marks.warnings > 0 && (
          <span
            className={cn("inline-flex items-center gap-0.5 text-xs", marks.errors > 0 ? "text-bad" : "text-warn")}
            title={t("editor.problems")}
          >
            <TriangleAlert className="size-4" aria-hidden />
            {marks.errors + marks.warnings}
          </span>
        )}
        {change && (
          <span className={cn("grid size-5 place-items-center rounded-full text-xs font-bold", change[1])}>
            {change[0]}
          </span>
        )}
      </div>
      {!overview && data.lines.length > 0 && (
        <div className="border-t px-3 py-1 text-xs leading-[18px] text-soft">
          {data.lines.map((line) => (
            <div key={line} className="truncate" title={line}>
              {line}
            </div>
          ))}
        </div>
      )}
      <ul className="border-t py-1">
        {ports.map((port) => (
          <li key={port.name} className="relative h-[22px] pr-4 pl-3 text-right text-xs leading-[22px] text-soft">
            {!overview && (pick(port.label, lang) || port.name)}
            <Handle
              type="source"
              position={Position.Right}
              id={port.name}
              className={cn(
                "!size-3 !border-2",
                data.wired.split(",").includes(port.name)
                  ? "!border-control !bg-control"
                  : port.optional
                    ? "!border-control !bg-surface"
                    : "!border-warn !bg-surface",
              )}
              style={{ top: 11 }}
            />
          </li>
        ))}
      </ul>
    </div>
  );
});

const runs = {
  done: ["text-ok", CircleCheck],
  waiting: ["text-wait", Hourglass],
  failed: ["text-bad", CircleX],
} as const;

function RunMark({ run }: { run: Run }) {
  const { t, lang } = useText();
  const [tone, Icon] = runs[run.state];
  return (
    <span className={cn("inline-flex items-center gap-0.5 text-xs", tone)}>
      <Icon className="size-4" aria-label={t(`editor.run.${run.state}`)} />
      {run.ms > 0 && span(run.ms, lang)}
      {run.visits > 1 && ` ×${run.visits}`}
    </span>
  );
}
