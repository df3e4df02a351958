import type { Port } from "./kinds";

// A node's place is known before it is drawn, so that wires are led around nodes that nobody has looked at yet, and nothing is measured
// while the canvas moves. The stylesheet of the node keeps to these numbers.

/** nodeWidth is the width of every node. */
export const nodeWidth = 240;
/** headHeight is the height of a node's head, border included; a wire comes in at its middle. */
export const headHeight = 53;
/** lineHeight is the height of one line of the summary. */
export const lineHeight = 18;
/** portHeight is the height of one port. */
export const portHeight = 22;

/** dotSize is how wide and high a port is drawn. */
export const dotSize = 12;

const rule = 1;
const padding = 8;

/** Box is a place with its extent, in canvas units. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function linesHeight(lines: number): number {
  return lines > 0 ? rule + padding + lines * lineHeight : 0;
}

/** nodeHeight is how high a node with so many lines and ports is. */
export function nodeHeight(lines: number, ports: number): number {
  return headHeight + linesHeight(lines) + rule + padding + ports * portHeight + rule;
}

/** portY is how far below the top of its node a port stands. */
export function portY(lines: number, index: number): number {
  return headHeight + linesHeight(lines) + rule + padding / 2 + index * portHeight + portHeight / 2;
}

/** entryY is how far below the top of its node a wire comes in. */
export const entryY = Math.floor(headHeight / 2);

/** handles are the places of a node's ports, as the canvas wants them. */
export function handles(lines: number, ports: readonly Pick<Port, "name">[], entry: boolean) {
  const dot = dotSize;
  const out = ports.map((port, i) => ({
    id: port.name,
    type: "source" as const,
    position: "right" as never,
    x: nodeWidth - dot / 2,
    y: portY(lines, i) - dot / 2,
    width: dot,
    height: dot,
  }));
  const into = {
    id: null,
    type: "target" as const,
    position: "left" as never,
    x: -dot / 2,
    y: entryY - dot / 2,
    width: dot,
    height: dot,
  };
  return entry ? [into, ...out] : out;
}
