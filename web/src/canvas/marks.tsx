import { type Node, type NodeProps, NodeResizer, useStore } from "@xyflow/react";
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import { foldedPort } from "@/graph/fold";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { useCanvasActions } from "./actions";
import { Anchor } from "./anchor";
import { far } from "./flow-node";
import { tint } from "./look";
import type { FrameData } from "./model";

/** FrameNode is a named, coloured area behind nodes. Its title is its handle: what is inside stays within reach. */
export const FrameNode = memo(function FrameNode({ id, data, selected }: NodeProps<Node<FrameData, "frame">>) {
  const { t } = useText();
  const overview = useStore(far);
  const actions = useCanvasActions();
  const color = tint(data.color);
  const { hides } = data;
  return (
    <div
      className={cn(
        "relative size-full rounded-dialog border-2",
        selected && "ring-2 ring-primary ring-offset-2 ring-offset-bg",
      )}
      style={{
        borderColor: `color-mix(in srgb, ${color} 45%, transparent)`,
        background: `color-mix(in srgb, ${color} ${hides ? 10 : 6}%, ${hides ? "var(--surface)" : "transparent"})`,
      }}
    >
      <div className="pointer-events-auto">
        <NodeResizer
          isVisible={selected && !data.readOnly && !hides}
          minWidth={160}
          minHeight={96}
          onResizeEnd={(_, box) => actions.resize(id, box)}
        />
      </div>
      <div
        className={cn("frame-title pointer-events-auto flex h-10 items-center px-3", !data.readOnly && "cursor-move")}
        style={{ color }}
      >
        {!data.readOnly && (
          <button
            type="button"
            aria-expanded={!hides}
            aria-label={t(hides ? "drawing.expand" : "drawing.collapse")}
            title={t(hides ? "drawing.expand" : "drawing.collapse")}
            onClick={() => actions.mark(id, { collapsed: !hides })}
            className="nodrag mr-1 -ml-1 grid size-6 shrink-0 place-items-center rounded-control hover:bg-sunken"
          >
            {hides ? <ChevronRight className="size-4" /> : <ChevronDown className="size-4" />}
          </button>
        )}
        <span className={cn("truncate font-semibold", overview ? "text-[30px] leading-10" : "text-base")}>
          {data.title || t("editor.frame")}
        </span>
      </div>
      {hides && <Anchor entry y={foldedPort - 1} />}
      {hides && <Anchor port="out" y={foldedPort - 1} />}
      {hides && (
        <p className="flex items-center gap-2 px-3 text-xs text-soft">
          {t("drawing.inFrame", { count: hides.nodes })}
          {hides.errors > 0 && <span className="text-bad">{t("editor.errors", { count: hides.errors })}</span>}
        </p>
      )}
    </div>
  );
});

/** NoteNode is a note for other authors; it never runs. */
export const NoteNode = memo(function NoteNode({
  id,
  data,
  selected,
}: NodeProps<Node<{ text: string; color: string; readOnly: boolean }, "note">>) {
  const { t } = useText();
  const overview = useStore(far);
  const actions = useCanvasActions();
  const color = tint(data.color);
  return (
    <div
      className={cn(
        "size-full rounded-card border p-2",
        selected && "ring-2 ring-primary ring-offset-2 ring-offset-bg",
      )}
      style={{
        borderColor: `color-mix(in srgb, ${color} 50%, transparent)`,
        background: `color-mix(in srgb, ${color} 16%, var(--surface))`,
      }}
    >
      <NodeResizer
        isVisible={selected && !data.readOnly}
        minWidth={120}
        minHeight={64}
        onResizeEnd={(_, box) => actions.resize(id, box)}
      />
      {data.readOnly || !selected ? (
        <p
          className={cn(
            "size-full overflow-hidden whitespace-pre-wrap",
            overview ? "text-xl leading-7" : "text-[13px] leading-5",
          )}
        >
          {data.text || t("editor.noteText")}
        </p>
      ) : (
        <textarea
          aria-label={t("editor.noteText")}
          value={data.text}
          maxLength={2000}
          onChange={(e) => actions.mark(id, { text: e.target.value })}
          className="nodrag nowheel size-full resize-none bg-transparent text-[13px] leading-5 outline-none"
        />
      )}
    </div>
  );
});
