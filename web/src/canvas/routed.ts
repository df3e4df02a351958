import { useEffect, useRef, useState } from "react";
import type { Doc } from "@/graph/doc";
import { type Plan, type Routes, routeAll, still } from "@/graph/routes";
import { planOf } from "./model";

const slice = 6;

/**
 * useRoutes finds the ways of all wires around all nodes. It works in slices between which the page is free, so a large flow is there at
 * once and its wires settle a moment later; a change leads only the wires anew that it concerns.
 */
export function useRoutes(doc: Doc): Routes {
  const [routes, setRoutes] = useState<Routes>(new Map());
  const known = useRef<{ plan: Plan | undefined; routes: Routes }>({ plan: undefined, routes: new Map() });
  const { nodes, edges } = doc.definition;
  const { positions, frames } = doc.layout;
  const closed = frames.map((f) => (f.collapsed ? `${f.id} ${f.x} ${f.y}` : "")).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: open frames, notes and the flow's own fields lead no wire elsewhere
  useEffect(() => {
    const plan = planOf(doc);
    const found = still(plan, known.current.plan, known.current.routes);
    known.current = { plan, routes: found };
    // Other words in a node lead no wire elsewhere.
    if (plan.wires.every((w) => found.has(w.id))) return;
    const work = routeAll(plan, new Map(found));
    let timer: ReturnType<typeof setTimeout> | undefined;
    let led = 0;
    const go = () => {
      const until = performance.now() + slice;
      let done = false;
      while (!done && performance.now() < until) {
        const next = work.next();
        done = next.done === true;
        if (next.done) break;
        found.set(next.value[0], next.value[1]);
        led++;
      }
      if (done && led > 0) setRoutes(new Map(found));
      else if (!done) timer = setTimeout(go);
    };
    go();
    return () => clearTimeout(timer);
  }, [nodes, edges, positions, closed]);
  return routes;
}
