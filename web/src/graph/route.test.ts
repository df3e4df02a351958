import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FlowDefinitionSchema } from "@gen/flowdesk/v1/definition_pb";
import { describe, expect, test } from "vitest";
import { planOf } from "@/canvas/model";
import { large } from "../../e2e/perf/large";
import { type Doc, docOf } from "./doc";
import { moveNodes } from "./edit";
import { Lanes } from "./lanes";
import { type Point, route, straighten, type Wiring } from "./route";
import { halfway, type Plan, path, type Routes, routeAll, still } from "./routes";
import type { Box } from "./size";

const box = (x: number, y: number): Box => ({ x, y, width: 240, height: 100 });
const wire = (from: Point, to: Point, net = "b"): Wiring => ({ id: `${from.x}:${net}`, from, to, net });

// crossed are the boxes that a way runs through.
function crossed(way: readonly Point[], boxes: Iterable<Box>): Box[] {
  return [...boxes].filter((o) =>
    way.some((p, i) => {
      const q = way[i + 1];
      return (
        q !== undefined &&
        Math.max(p.x, q.x) > o.x &&
        Math.min(p.x, q.x) < o.x + o.width &&
        Math.max(p.y, q.y) > o.y &&
        Math.min(p.y, q.y) < o.y + o.height
      );
    }),
  );
}

const all = (plan: Plan, kept: Routes = new Map()) => new Map([...kept, ...routeAll(plan, kept)]);

describe("route", () => {
  const [a, b] = [box(0, 0), box(800, 0)];

  test("goes straight where nothing is in the way", () => {
    expect(route(wire({ x: 240, y: 26 }, { x: 800, y: 26 }), [a, b], new Lanes())).toEqual([
      { x: 240, y: 26 },
      { x: 800, y: 26 },
    ]);
  });

  test("goes around a node that stands between, and back around its own nodes", () => {
    const between = box(400, -20);
    const around = route(wire({ x: 240, y: 26 }, { x: 800, y: 26 }), [a, between, b], new Lanes()) ?? [];
    expect(crossed(around, [a, between, b])).toEqual([]);
    expect(around.length).toBeGreaterThan(2);
    const back = route(wire({ x: 1040, y: 50 }, { x: 0, y: 26 }, "a"), [a, b], new Lanes()) ?? [];
    expect(crossed(back, [a, b])).toEqual([]);
    expect([back[0], back.at(-1)]).toEqual([
      { x: 1040, y: 50 },
      { x: 0, y: 26 },
    ]);
  });

  test("wires to the same node come together, others keep beside each other", () => {
    const boxes = [a, b, box(0, 200), box(800, 300)];
    const lanes = new Lanes();
    const ways = [
      wire({ x: 240, y: 80 }, { x: 800, y: 326 }, "d"),
      wire({ x: 240, y: 280 }, { x: 800, y: 326 }, "d"),
      wire({ x: 240, y: 226 }, { x: 800, y: 26 }, "b"),
    ].map((w) => {
      const way = route(w, boxes, lanes) ?? [];
      lanes.take(w.net, way);
      return way;
    });
    const upright = ways.map((way) => way.flatMap((p, i) => (p.x === way[i + 1]?.x ? [p.x] : [])));
    expect(upright[0]).toEqual(upright[1]);
    expect(upright[2]?.some((x) => upright[0]?.includes(x))).toBe(false);
  });

  test("a way keeps only the points where it turns, and has its middle where it is longest", () => {
    const way = straighten([
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 100, y: 0 },
      { x: 100, y: 20 },
    ]);
    expect(way).toHaveLength(3);
    expect(halfway(way)).toEqual({ x: 50, y: 0 });
    expect(path(way)).toBe("M0 0L92 0Q100 0 100 8L100 20");
  });
});

describe("a whole flow", () => {
  const doc: Doc = docOf(fromJson(FlowDefinitionSchema, large(300) as unknown as JsonValue), undefined);
  const plan = planOf(doc);
  const began = performance.now();
  const routes = all(plan);
  const took = performance.now() - began;

  test("no wire of 300 nodes runs through a node", () => {
    expect(plan.boxes.size).toBe(300);
    expect(routes.size).toBe(doc.definition.edges.length);
    for (const [id, way] of routes) expect(crossed(way, plan.boxes.values()), id).toEqual([]);
    console.info(`ways of ${routes.size} wires in ${took.toFixed(0)} ms`);
  });

  test("a node that moves leads anew only the wires that it concerns", () => {
    const spot = plan.boxes.get("left_3");
    if (!spot) throw new Error("no node");
    const moved = moveNodes(
      {
        ...doc,
        layout: {
          ...doc.layout,
          positions: [...plan.boxes].map(([node, { x, y }]) => ({ $typeName: "flowdesk.v1.NodePosition", node, x, y })),
        },
      },
      new Map([["left_3", { x: spot.x, y: spot.y - 400 }]]),
    );
    const next = planOf(moved);
    const kept = still(next, plan, routes);
    const own = next.wires.filter((w) => w.id.startsWith("left_3:") || w.net === "left_3").map((w) => w.id);
    for (const id of own) expect(kept.has(id), id).toBe(false);
    expect(next.wires.length - kept.size).toBeLessThan(20);
    for (const [id, way] of all(next, kept)) expect(crossed(way, next.boxes.values()), id).toEqual([]);
  });
});
