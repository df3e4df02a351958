import { type Node, type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";
import { useText } from "@/i18n";
import { useCanvasActions } from "./actions";

/** FrameNode is a named area behind nodes. */
export const FrameNode = memo(function FrameNode({
  id,
  data,
  selected,
}: NodeProps<Node<{ title: string; color: string; readOnly: boolean }, "frame">>) {
  const { t } = useText();
  const actions = useCanvasActions();
  return (
    <div className="size-full rounded-dialog border-2 border-dashed border-control/50 bg-sunken/60">
      <NodeResizer
        isVisible={selected && !data.readOnly}
        minWidth={160}
        minHeight={96}
        onResizeEnd={(_, box) => actions.resize(id, box)}
      />
      <input
        aria-label={t("editor.frameTitle")}
        readOnly={data.readOnly}
        value={data.title}
        onChange={(e) => actions.mark(id, { title: e.target.value })}
        className="nodrag w-full bg-transparent px-3 py-1 text-[15px] font-semibold text-soft outline-none"
      />
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
  const actions = useCanvasActions();
  return (
    <div className="size-full rounded-card border border-warn/40 bg-[#fef3c7] p-2 text-[#451a03] dark:bg-[#45300a] dark:text-[#fde68a]">
      <NodeResizer
        isVisible={selected && !data.readOnly}
        minWidth={120}
        minHeight={64}
        onResizeEnd={(_, box) => actions.resize(id, box)}
      />
      <textarea
        aria-label={t("editor.noteText")}
        readOnly={data.readOnly}
        value={data.text}
        onChange={(e) => actions.mark(id, { text: e.target.value })}
        className="nodrag nowheel size-full resize-none bg-transparent outline-none"
      />
    </div>
  );
});
