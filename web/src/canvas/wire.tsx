import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { Plus } from "lucide-react";
import { memo } from "react";
import { useText } from "@/i18n";
import { useCanvasActions } from "./actions";
import type { CanvasEdge } from "./model";

/** Wire is an edge; in its middle a node can be put in while it is selected. */
export const Wire = memo(function Wire(props: EdgeProps<CanvasEdge>) {
  const { t } = useText();
  const { addOnEdge } = useCanvasActions();
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 10 });
  return (
    <>
      <BaseEdge
        id={props.id}
        path={path}
        interactionWidth={20}
        style={{
          stroke: props.selected || props.data?.taken ? "var(--primary)" : "var(--control)",
          strokeWidth: props.selected || props.data?.taken ? 2.5 : 1.5,
          opacity: props.data?.dim ? 0.3 : 1,
        }}
      />
      {props.selected && (
        <EdgeLabelRenderer>
          <button
            type="button"
            aria-label={t("editor.addOnEdge")}
            title={t("editor.addOnEdge")}
            onClick={() => addOnEdge(props.id)}
            className="nodrag nopan pointer-events-auto absolute grid size-6 place-items-center rounded-full border bg-surface text-primary shadow"
            style={{ transform: `translate(-50%,-50%) translate(${x}px,${y}px)` }}
          >
            <Plus className="size-4" />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
