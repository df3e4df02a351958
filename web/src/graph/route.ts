import type { Lanes } from "./lanes";
import type { Box } from "./size";

/** Point is a corner of a wire. */
export interface Point {
  x: number;
  y: number;
}

/** Wiring is one edge to be led: from a port, to the right of its node, to the left of another node. */
export interface Wiring {
  id: string;
  from: Point;
  to: Point;
  /** What it leads to: wires of the same net may share a lane. */
  net: string;
}

const stub = 20;
const clear = 6;
const bend = 24;
const near = [14, 26];
const beside = [20, 34];
const mostVisits = 20_000;

/**
 * route leads a wire around the boxes, with as few bends as may be and beside the wires that are there already; wires to the same node
 * come together. It gives nothing when there is no way within reach.
 */
export function route(wire: Wiring, boxes: readonly Box[], used: Lanes): Point[] | undefined {
  const begin = { x: wire.from.x + stub, y: wire.from.y };
  const end = { x: wire.to.x - stub, y: wire.to.y };
  for (const reach of [64, 240, 720]) {
    const way = search(begin, end, within(boxes, begin, end, reach), wire.net, used);
    if (way) return straighten([wire.from, ...way, wire.to]);
  }
  return undefined;
}

function within(boxes: readonly Box[], a: Point, b: Point, reach: number): Box[] {
  const left = Math.min(a.x, b.x) - reach;
  const right = Math.max(a.x, b.x) + reach;
  const top = Math.min(a.y, b.y) - reach;
  const bottom = Math.max(a.y, b.y) + reach;
  return boxes.filter((o) => o.x < right && o.x + o.width > left && o.y < bottom && o.y + o.height > top);
}

const lines = (values: number[]) => Float64Array.from([...new Set(values)].sort((p, q) => p - q));

// first is the index of the first line at or behind a value.
function first(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((list[mid] ?? 0) < value) low = mid + 1;
    else high = mid;
  }
  return low;
}

function search(begin: Point, end: Point, boxes: Box[], net: string, used: Lanes): Point[] | undefined {
  const xs = lines([
    begin.x,
    end.x,
    ...boxes.flatMap((o) => beside.flatMap((d) => [o.x - d, o.x + o.width + d])),
    ...used.shared(net, "v"),
  ]);
  const ys = lines([
    begin.y,
    end.y,
    ...boxes.flatMap((o) => near.flatMap((d) => [o.y - d, o.y + o.height + d])),
    ...used.shared(net, "h"),
  ]);
  const wide = xs.length;
  const blocked = closed(xs, ys, boxes);
  const start = first(ys, begin.y) * wide + first(xs, begin.x);
  const goal = first(ys, end.y) * wide + first(xs, end.x);
  // A state is a crossing of lines and whether it was come to along the row (0) or the column (1).
  const cost = new Float64Array(wide * ys.length * 2).fill(Number.POSITIVE_INFINITY);
  const came = new Int32Array(cost.length).fill(-1);
  const open = new Heap();
  cost[start * 2] = 0;
  open.push(start * 2, 0);
  for (let visits = 0; open.size > 0 && visits < mostVisits; visits++) {
    const state = open.pop();
    const at = state >> 1;
    const way = state & 1;
    if (at === goal && way === 0) return trace(came, state, xs, ys);
    const column = at % wide;
    const row = (at - column) / wide;
    const so = cost[state] ?? 0;
    for (const [next, turned] of [
      [column > 0 ? at - 1 : -1, 0],
      [column + 1 < wide ? at + 1 : -1, 0],
      [row > 0 ? at - wide : -1, 1],
      [row + 1 < ys.length ? at + wide : -1, 1],
    ] as const) {
      if (next < 0 || blocked[next]) continue;
      const [x1, y1] = [xs[column] ?? 0, ys[row] ?? 0];
      const [x2, y2] = [xs[next % wide] ?? 0, ys[Math.floor(next / wide)] ?? 0];
      if (turned === 1 ? crosses(boxes, x1, (y1 + y2) / 2) : crosses(boxes, (x1 + x2) / 2, y1)) continue;
      const price = turned === 1 ? used.price(net, "v", x1, y1, y2) : used.price(net, "h", y1, x1, x2);
      const total = so + price + (turned === way ? 0 : bend);
      const key = next * 2 + turned;
      if (total >= (cost[key] ?? 0)) continue;
      cost[key] = total;
      came[key] = state;
      open.push(key, total + Math.abs(x2 - end.x) * 0.8 + Math.abs(y2 - end.y) * 0.8);
    }
  }
  return undefined;
}

function closed(xs: Float64Array, ys: Float64Array, boxes: Box[]): Uint8Array {
  const blocked = new Uint8Array(xs.length * ys.length);
  for (const o of boxes) {
    const [left, right] = [first(xs, o.x - clear), first(xs, o.x + o.width + clear)];
    const [top, bottom] = [first(ys, o.y - clear), first(ys, o.y + o.height + clear)];
    for (let row = top; row < bottom; row++) blocked.fill(1, row * xs.length + left, row * xs.length + right);
  }
  return blocked;
}

function crosses(boxes: Box[], x: number, y: number): boolean {
  for (const o of boxes)
    if (x > o.x - clear && x < o.x + o.width + clear && y > o.y - clear && y < o.y + o.height + clear) return true;
  return false;
}

function trace(came: Int32Array, state: number, xs: Float64Array, ys: Float64Array): Point[] {
  const way: Point[] = [];
  for (let s = state; s >= 0; s = came[s] ?? -1) {
    const at = s >> 1;
    way.push({ x: xs[at % xs.length] ?? 0, y: ys[Math.floor(at / xs.length)] ?? 0 });
  }
  return way.reverse();
}

/** straighten leaves out the points in which a wire does not turn. */
export function straighten(way: readonly Point[]): Point[] {
  return way.filter((p, i) => {
    const [a, b] = [way[i - 1], way[i + 1]];
    return !a || !b || !((a.x === p.x && p.x === b.x) || (a.y === p.y && p.y === b.y));
  });
}

/** touches tells whether a wire runs through a box. */
export function touches(way: readonly Point[], o: Box): boolean {
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1], way[i]];
    if (!a || !b) continue;
    if (
      Math.max(a.x, b.x) > o.x - clear &&
      Math.min(a.x, b.x) < o.x + o.width + clear &&
      Math.max(a.y, b.y) > o.y - clear &&
      Math.min(a.y, b.y) < o.y + o.height + clear
    )
      return true;
  }
  return false;
}

// Heap gives the cheapest state first.
class Heap {
  private states: number[] = [];
  private prices: number[] = [];

  get size(): number {
    return this.states.length;
  }

  push(state: number, price: number): void {
    let i = this.states.length;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if ((this.prices[up] ?? 0) <= price) break;
      this.put(i, this.states[up] ?? 0, this.prices[up] ?? 0);
      i = up;
    }
    this.put(i, state, price);
  }

  pop(): number {
    const top = this.states[0] ?? 0;
    const state = this.states.pop() ?? 0;
    const price = this.prices.pop() ?? 0;
    const size = this.states.length;
    if (size === 0) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= size) break;
      if (down + 1 < size && (this.prices[down + 1] ?? 0) < (this.prices[down] ?? 0)) down++;
      if ((this.prices[down] ?? 0) >= price) break;
      this.put(i, this.states[down] ?? 0, this.prices[down] ?? 0);
      i = down;
    }
    this.put(i, state, price);
    return top;
  }

  private put(i: number, state: number, price: number): void {
    this.states[i] = state;
    this.prices[i] = price;
  }
}
