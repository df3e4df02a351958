import type { Point } from "./route";

type Way = "h" | "v";

interface Taken {
  net: string;
  lane: number;
  low: number;
  high: number;
}

const apart = 8;
const bucket = 64;

/** Lanes remembers where wires run, so that the next one runs beside them, or with those that lead to the same node. */
export class Lanes {
  private taken: Record<Way, Map<number, Taken[]>> = { h: new Map(), v: new Map() };
  private nets = new Map<string, Record<Way, number[]>>();

  /** take notes the way of a wire. */
  take(net: string, way: readonly Point[]): void {
    const own = this.nets.get(net) ?? { h: [], v: [] };
    this.nets.set(net, own);
    for (let i = 1; i < way.length; i++) {
      const [a, b] = [way[i - 1], way[i]];
      if (!a || !b) continue;
      if (a.x === b.x) {
        this.put("v", { net, lane: a.x, low: Math.min(a.y, b.y), high: Math.max(a.y, b.y) });
        own.v.push(a.x);
      } else {
        this.put("h", { net, lane: a.y, low: Math.min(a.x, b.x), high: Math.max(a.x, b.x) });
        own.h.push(a.y);
      }
    }
  }

  /** shared are the lanes of wires of the same net. */
  shared(net: string, way: Way): number[] {
    return this.nets.get(net)?.[way] ?? [];
  }

  /** price is what a stretch of lane costs: its length, much more along wires of other nets, a little less along those of its own. */
  price(net: string, way: Way, lane: number, from: number, to: number): number {
    const [low, high] = from < to ? [from, to] : [to, from];
    let price = high - low;
    const middle = Math.floor(lane / bucket);
    for (let b = middle - 1; b <= middle + 1; b++) {
      for (const t of this.taken[way].get(b) ?? []) {
        if (Math.abs(t.lane - lane) >= apart) continue;
        const along = Math.min(high, t.high) - Math.max(low, t.low);
        if (along <= 0) continue;
        if (t.net !== net) price += along * 2 + 8;
        else if (t.lane === lane) price -= along * 0.2;
      }
    }
    return Math.max(price, (high - low) * 0.8);
  }

  private put(way: Way, taken: Taken): void {
    const at = Math.floor(taken.lane / bucket);
    const list = this.taken[way].get(at);
    if (list) list.push(taken);
    else this.taken[way].set(at, [taken]);
  }
}
