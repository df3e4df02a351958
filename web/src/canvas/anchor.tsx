import { dotSize } from "@/graph/size";

/**
 * Anchor is where a wire ends on something that shows no ports of its own, as from afar. The canvas finds it by its class and measures it;
 * to the browser it is next to nothing.
 */
export function Anchor({ port, y, entry = false }: { port?: string; y: number; entry?: boolean }) {
  return (
    <span
      className={`${entry ? "target" : "source"} pointer-events-none invisible absolute size-3`}
      data-handleid={port}
      data-handlepos={entry ? "left" : "right"}
      style={{ top: y - dotSize / 2 - 1, [entry ? "left" : "right"]: -dotSize / 2 - 1 }}
      aria-hidden
    />
  );
}
