import { type Node, type NodeProps, NodeResizer, useStore } from "@xyflow/react";
import { memo } from "react";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { useCanvasActions } from "./actions";
import { far } from "./flow-node";
import { tint } from "./look";

/** FrameNode is a named, coloured area behind nodes. Its title is its handle: what is inside stays within reach. */
export const FrameNode = memo(function FrameNode({
  id,
  data,
  selected,
}: NodeProps<Node<{ title: string; color: string; readOnly: boolean }, "frame">>) {
  const { t } = useText();
  const overview = useStore(far);
  const actions = useCanvasActions();
  const color = tint(data.color);
  return (
    <div
      className={cn(
        "size-full rounded-dialog border-2",
        selected && "ring-2 ring-primary ring-offset-2 ring-offset-bg",
      )}
      style={{
        borderColor: `color-mix(in srgb, ${color} 45%, transparent)`,
        background: `color-mix(in srgb, ${color} 6%, transparent)`,
      }}
    >
      <div className="pointer-events-auto">
        <NodeResizer
          isVisible={selected && !data.readOnly}
          minWidth={160}
          minHeight={96}
          onResizeEnd={(_, box) => actions.resize(id, box)}
        />
      </div>
      <div
        className={cn("frame-title pointer-events-auto flex h-10 items-center px-3", !data.readOnly && "cursor-move")}
        style={{ color }}
      >
        <span className={cn("truncate font-semibold", overview ? "text-[30px] leading-10" : "text-base")}>
          {data.title || t("editor.frame")}
        </span>
      </div>
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
