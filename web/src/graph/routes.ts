import { Lanes } from "./lanes";
import { type Point, route, touches, type Wiring } from "./route";
import type { Box } from "./size";

/** Routes are the ways of wires by edge id. */
export type Routes = ReadonlyMap<string, readonly Point[]>;

/** Plan is what is routed: the boxes by node and the wires among them. */
export interface Plan {
  boxes: ReadonlyMap<string, Box>;
  wires: readonly Wiring[];
}

const same = (a: Box, b: Box) => a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

/** still are the ways that hold after a change: those of wires whose ends stand where they stood and that run through nothing new. */
export function still(plan: Plan, before: Plan | undefined, routes: Routes): Map<string, readonly Point[]> {
  const changed: Box[] = [];
  const left: Box[] = [];
  for (const [id, box] of plan.boxes) {
    const old = before?.boxes.get(id);
    if (!old || !same(old, box)) changed.push(box);
  }
  for (const [id, box] of before?.boxes ?? []) {
    const now = plan.boxes.get(id);
    if (!now || !same(now, box)) left.push(box);
  }
  const kept = new Map<string, readonly Point[]>();
  for (const wire of plan.wires) {
    const way = routes.get(wire.id);
    const [begin, end] = [way?.[0], way?.at(-1)];
    if (!way || !begin || !end) continue;
    if (begin.x !== wire.from.x || begin.y !== wire.from.y || end.x !== wire.to.x || end.y !== wire.to.y) continue;
    if (changed.some((box) => touches(way, box))) continue;
    // What made way for a node that is gone may run straight again.
    if (way.length > 4 && left.some((box) => touches(way, grown(box)))) continue;
    kept.set(wire.id, way);
  }
  return kept;
}

const grown = (box: Box): Box => ({ x: box.x - 48, y: box.y - 48, width: box.width + 96, height: box.height + 96 });

/** routeAll leads all wires that have no way yet, short ones first, and yields after each so that the caller can stop for others. */
export function* routeAll(plan: Plan, kept: Routes): Generator<[string, readonly Point[]]> {
  const lanes = new Lanes();
  const boxes = [...plan.boxes.values()];
  for (const wire of plan.wires) {
    const way = kept.get(wire.id);
    if (way) lanes.take(wire.net, way);
  }
  const length = (w: Wiring) => Math.abs(w.from.x - w.to.x) + Math.abs(w.from.y - w.to.y);
  for (const wire of plan.wires.filter((w) => !kept.has(w.id)).sort((a, b) => length(a) - length(b))) {
    const way = route(wire, boxes, lanes);
    if (way) lanes.take(wire.net, way);
    yield [wire.id, way ?? []];
  }
}

/** path draws a way with round corners. */
export function path(way: readonly Point[], radius = 8): string {
  const [begin] = way;
  if (!begin) return "";
  let drawn = `M${begin.x} ${begin.y}`;
  for (let i = 1; i < way.length - 1; i++) {
    const [a, p, b] = [way[i - 1], way[i], way[i + 1]];
    if (!a || !p || !b) continue;
    const r = Math.min(radius, Math.hypot(p.x - a.x, p.y - a.y) / 2, Math.hypot(b.x - p.x, b.y - p.y) / 2);
    const before = toward(p, a, r);
    const after = toward(p, b, r);
    drawn += `L${before.x} ${before.y}Q${p.x} ${p.y} ${after.x} ${after.y}`;
  }
  const end = way.at(-1);
  return end ? `${drawn}L${end.x} ${end.y}` : drawn;
}

function toward(p: Point, other: Point, r: number): Point {
  const far = Math.hypot(other.x - p.x, other.y - p.y) || 1;
  return { x: p.x + ((other.x - p.x) / far) * r, y: p.y + ((other.y - p.y) / far) * r };
}

/** halfway is the middle of the longest stretch of a way: where there is room for a button. */
export function halfway(way: readonly Point[]): Point {
  let best = { x: 0, y: 0 };
  let longest = -1;
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1], way[i]];
    if (!a || !b) continue;
    const far = Math.abs(b.x - a.x) + Math.abs(b.y - a.y);
    if (far > longest) {
      longest = far;
      best = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    }
  }
  return best;
}
