import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect, useState } from "react";

/**
 * Follow keeps some nodes in view. On a canvas that is put away, as beside the chat on a phone, there is nothing to fit them into: the view would
 * become no number and stay empty, so it waits until the canvas is seen.
 */
export function Follow({ nodes }: { nodes: readonly string[] | undefined }) {
  const canvas = useStore((s) => s.domNode);
  const { fitView } = useReactFlow();
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!canvas) return;
    const watch = new ResizeObserver(() => setSeen(canvas.clientWidth > 0 && canvas.clientHeight > 0));
    watch.observe(canvas);
    return () => watch.disconnect();
  }, [canvas]);
  const target = nodes?.join();
  useEffect(() => {
    if (target && seen)
      void fitView({
        nodes: target.split(",").map((id) => ({ id })),
        duration: 200,
        minZoom: 0.4,
        maxZoom: 1,
        padding: 0.1,
      });
  }, [target, seen, fitView]);
  return null;
}
