import { NodeMode } from "@gen/flowdesk/v1/definition_pb";
import { ChangeKind } from "@gen/flowdesk/v1/flow_service_pb";
import { Handle, type Node, type NodeProps, Position, useStore } from "@xyflow/react";
import {
  Ban,
  CircleCheck,
  CircleDot,
  CircleX,
  Hourglass,
  Pin,
  SkipForward,
  TriangleAlert,
  UserPen,
} from "lucide-react";
import { memo, useState } from "react";
import { colorOf, failed } from "@/graph/kinds";
import { entryY, nodeHeight, portHeight, portY } from "@/graph/size";
import { pick, useText } from "@/i18n";
import { span } from "@/parts/time";
import { cn } from "@/ui/cn";
import { Anchor } from "./anchor";
import { FarPorts } from "./far-ports";
import { FamilyIcon } from "./look";
import type { Marks, NodeData, Run } from "./model";

const changes: Partial<Record<ChangeKind, [string, string]>> = {
  [ChangeKind.ADDED]: ["+", "bg-ok text-surface"],
  [ChangeKind.REMOVED]: ["−", "bg-bad text-surface"],
  [ChangeKind.CHANGED]: ["~", "bg-warn text-surface"],
  [ChangeKind.REWIRED]: ["⇄", "bg-info text-surface"],
};

/** far tells that nodes are too small to be read but by a large name. */
export const far = (s: { transform: [number, number, number] }) => s.transform[2] < 0.45;

/** FlowNode is a node on the canvas: its family by colour and icon, its config in a few lines, its ports, and what it is marked with. */
export const FlowNode = memo(function FlowNode({ data, selected, isConnectable }: NodeProps<Node<NodeData, "flow">>) {
  const { lang } = useText();
  const overview = useStore(far);
  const [near, setNear] = useState(false);
  const { node, kind, ports, marks, run } = data;
  const family = kind?.spec.family;
  const color = colorOf(family);
  const off = node.mode !== NodeMode.UNSPECIFIED;
  // What stands beside a name leaves it less room.
  const marked = run !== undefined || marks !== undefined || off;
  const title = pick(kind?.spec.title, lang);
  const name = node.name || title || node.id;
  return (
    <div
      className={cn(
        "relative h-full w-60 rounded-card border bg-surface text-[13px] leading-5",
        selected && "ring-2 ring-primary ring-offset-2 ring-offset-bg",
        off && "border-dashed",
        data.dim && "opacity-40",
        data.spotlight === false && "opacity-30",
        marks?.change === ChangeKind.REMOVED && "border-dashed opacity-60",
      )}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
    >
      {off && <span className="off-hatch pointer-events-none absolute inset-0 rounded-card" aria-hidden />}
      <span className="absolute inset-y-0 left-0 w-1 rounded-l-card" style={{ background: color }} aria-hidden />
      {overview ? (
        // From afar there is only the name: hundreds of nodes are in sight. Ports come with the pointer, large enough to be hit.
        <div className="absolute inset-0 flex items-center gap-2 px-4 text-[26px] leading-8 font-semibold">
          <span style={{ color }}>
            <FamilyIcon family={family} className="size-8" />
          </span>
          <span className={cn("min-w-0 flex-1", wide(name) > 12 && "line-clamp-3")}>{name}</span>
          <Badges data={data} />
          {!kind?.spec.trigger && <Anchor entry y={entryY} />}
          {ports.map((port, i) => (
            <Anchor key={port.name} port={port.name} y={portY(data.lines.length, i)} />
          ))}
          {(near || selected) && isConnectable && (
            <FarPorts ports={ports} height={nodeHeight(data.lines.length, ports.length)} />
          )}
        </div>
      ) : (
        <>
          <div className="flex h-[52px] items-center gap-2 pr-2 pl-3">
            <span style={{ color }}>
              <FamilyIcon family={family} className="size-4" />
            </span>
            <div className="min-w-0 flex-1">
              <div className={cn("font-medium", cut(name, marked ? 0 : 11))} title={name}>
                {name}
              </div>
              <div className={cn("text-xs leading-4 text-faint", cut(title, marked ? 0 : 12))}>{title}</div>
            </div>
            {run && <RunMark run={run} />}
            <Badges data={data} />
          </div>
          {data.lines.length > 0 && (
            <div className="border-t px-3 py-1 text-xs leading-[18px] text-soft">
              {data.lines.map((line) => (
                <div key={line} className={cn("h-[18px]", cut(line, 16))} title={line}>
                  {line}
                </div>
              ))}
            </div>
          )}
          <div className="border-t py-1">
            {ports.map((port) => {
              const label = pick(port.label, lang) || port.name;
              return (
                <div
                  key={port.name}
                  className={cn(
                    "h-[22px] pr-4 pl-3 text-right text-xs leading-[22px]",
                    cut(label, 16),
                    port.name === failed ? "text-faint" : "text-soft",
                  )}
                >
                  {label}
                </div>
              );
            })}
          </div>
          {!kind?.spec.trigger && (
            <Handle
              type="target"
              position={Position.Left}
              className="!size-3 !border-2 !border-control !bg-surface"
              style={{ top: entryY - 7, left: -7, transform: "none" }}
            />
          )}
          {ports.map((port, i) => (
            <Handle
              key={port.name}
              type="source"
              position={Position.Right}
              id={port.name}
              className={cn(
                "!size-3 !border-2",
                data.wired.split(",").includes(port.name)
                  ? "!border-control !bg-control"
                  : port.name === failed
                    ? "!border-control !border-dashed !bg-surface"
                    : port.optional
                      ? "!border-control !bg-surface"
                      : "!border-warn !bg-surface",
              )}
              style={{ top: "auto", bottom: 9 + (ports.length - 1 - i) * portHeight, right: -7, transform: "none" }}
            />
          ))}
        </>
      )}
    </div>
  );
});

// wide is about how much room a text takes, in Chinese characters.
function wide(text: string): number {
  let width = 0;
  for (const c of text) width += c > "\u2e7f" ? 1 : 0.6;
  return width;
}

// cut shortens what may not fit. What fits surely is left alone: each cut is a layer of its own to the browser, in every frame.
function cut(text: string, room: number): string {
  return wide(text) > room ? "truncate" : "whitespace-nowrap";
}

const unmarked: Marks = { errors: 0, warnings: 0 };

// Badges stand in a fixed order: findings, how it differs, whether it is off, pinned, breakpoint, who is at it.
function Badges({ data }: { data: NodeData }) {
  const { t } = useText();
  const marks = data.marks ?? unmarked;
  const mode = data.node.mode;
  if (marks === unmarked && mode === NodeMode.UNSPECIFIED) return null;
  const change = marks.change ? changes[marks.change] : undefined;
  return (
    <>
      {marks.errors + marks.warnings > 0 && (
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
      {marks.unpublished && (
        <span
          className="size-2 shrink-0 rounded-full bg-warn"
          title={t("drawing.unpublished")}
          role="img"
          aria-label={t("drawing.unpublished")}
        />
      )}
      {mode !== NodeMode.UNSPECIFIED && (
        <span className="inline-flex items-center gap-0.5 text-xs text-soft" title={t(`drawing.mode.${mode}Help`)}>
          {mode === NodeMode.SKIPPED ? (
            <SkipForward className="size-4 shrink-0" aria-hidden />
          ) : (
            <Ban className="size-4 shrink-0" aria-hidden />
          )}
          {!marks.person && t(`drawing.mode.${mode}`)}
        </span>
      )}
      {marks.pinned && <Pin className="size-4 shrink-0 text-wait" aria-label={t("drawing.pinned")} />}
      {marks.breakpoint && <CircleDot className="size-4 shrink-0 text-bad" aria-label={t("drawing.breakpoint")} />}
      {marks.person && (
        <span
          className="inline-flex max-w-16 items-center gap-0.5 truncate text-xs text-primary"
          title={t("drawing.editing", { person: marks.person })}
        >
          <UserPen className="size-4 shrink-0" aria-hidden />
          {marks.person}
        </span>
      )}
    </>
  );
}

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
