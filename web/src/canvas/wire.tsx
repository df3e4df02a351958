import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { Plus } from "lucide-react";
import { memo, useMemo } from "react";
import { halfway, path } from "@/graph/routes";
import { useText } from "@/i18n";
import { useCanvasActions } from "./actions";
import type { CanvasEdge } from "./model";

/** Wire is an edge; in its middle a node can be put in while it is selected. */
export const Wire = memo(function Wire(props: EdgeProps<CanvasEdge>) {
  const { t } = useText();
  const { addOnEdge } = useCanvasActions();
  const { sourceX, sourceY, targetX, targetY, data } = props;
  const way = data?.way;
  const [begin, end] = [way?.[0], way?.at(-1)];
  // While a node is dragged its wires follow it plainly; their way is found when it stands again.
  const led =
    way &&
    begin &&
    end &&
    Math.abs(begin.x - sourceX) + Math.abs(begin.y - sourceY) + Math.abs(end.x - targetX) + Math.abs(end.y - targetY) <
      16;
  const drawn = useMemo(() => (led ? path(way) : ""), [led, way]);
  const [plain, plainX, plainY] = led ? ["", 0, 0] : getSmoothStepPath({ ...props, borderRadius: 10 });
  const { x, y } = led ? halfway(way) : { x: plainX, y: plainY };
  return (
    <>
      <BaseEdge
        id={props.id}
        path={led ? drawn : plain}
        interactionWidth={20}
        style={{
          stroke: props.selected || data?.taken ? "var(--primary)" : "var(--control)",
          strokeWidth: props.selected || data?.taken ? 2.5 : 1.5,
          opacity: data?.dim ? 0.3 : 1,
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
