import type { Spot } from "@/graph/edit";
import type { CanvasNode } from "./model";

/** Carried is what a frame takes along while it is dragged: what stood inside it when that began. */
export interface Carried {
  frame: string;
  from: Spot;
  inside: ReadonlyMap<string, Spot>;
}

/** carry finds what stands inside a frame: whatever has its middle there. */
export function carry(frame: CanvasNode, nodes: readonly CanvasNode[]): Carried {
  const { x, y } = frame.position;
  const [right, bottom] = [x + (frame.width ?? 0), y + (frame.height ?? 0)];
  const inside = new Map<string, Spot>();
  for (const n of nodes) {
    const middle = { x: n.position.x + (n.width ?? 0) / 2, y: n.position.y + (n.height ?? 0) / 2 };
    if (n.id !== frame.id && middle.x > x && middle.x < right && middle.y > y && middle.y < bottom)
      inside.set(n.id, n.position);
  }
  return { frame: frame.id, from: { x, y }, inside };
}

/** carriedBy moves what a frame carries as far as the frame has moved. */
export function carriedBy(load: Carried, to: Spot, nodes: readonly CanvasNode[]): CanvasNode[] {
  const [dx, dy] = [to.x - load.from.x, to.y - load.from.y];
  return nodes.map((n) => {
    const began = load.inside.get(n.id);
    return began ? { ...n, position: { x: began.x + dx, y: began.y + dy } } : n;
  });
}
