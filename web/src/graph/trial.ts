import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { type PinnedOutput, PinnedOutputSchema } from "@gen/flowdesk/v1/pinned_pb";
import { useCallback, useSyncExternalStore } from "react";
import { registry } from "@/api/registry";

// How somebody tries a flow stays in that person's browser: pinned outputs and breakpoints are no part of the flow and never run live.

/** Pin is a node's output in trials: the port it leaves by and the message it gives, as JSON with its @type. */
export interface Pin {
  node: string;
  port: string;
  output: JsonObject;
}

/** Trial is how a flow is tried. */
export interface Trial {
  pins: readonly Pin[];
  breakpoints: readonly string[];
}

const nothing: Trial = { pins: [], breakpoints: [] };
const listeners = new Set<() => void>();
const known = new Map<string, Trial>();
const key = (flow: string) => `flowdesk.trial.${flow}`;

function read(flow: string): Trial {
  const before = known.get(flow);
  if (before) return before;
  let trial = nothing;
  try {
    trial = { ...nothing, ...(JSON.parse(localStorage.getItem(key(flow)) ?? "{}") as Partial<Trial>) };
  } catch {
    // What cannot be read is begun anew.
  }
  known.set(flow, trial);
  return trial;
}

function write(flow: string, trial: Trial): void {
  known.set(flow, trial);
  try {
    localStorage.setItem(key(flow), JSON.stringify(trial));
  } catch {
    // It holds as long as the page does.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  const stored = (e: StorageEvent) => {
    if (!e.key?.startsWith("flowdesk.trial.")) return;
    known.clear();
    listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", stored);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", stored);
  };
}

/** useTrial is how a flow, by its id, is tried, and changes it. */
export function useTrial(flow: string) {
  const trial = useSyncExternalStore(subscribe, () => read(flow));
  return {
    ...trial,
    pin: useCallback(
      (pin: Pin) => {
        const before = read(flow);
        write(flow, { ...before, pins: [...before.pins.filter((p) => p.node !== pin.node), pin] });
      },
      [flow],
    ),
    unpin: useCallback(
      (node: string) => {
        const before = read(flow);
        write(flow, { ...before, pins: before.pins.filter((p) => p.node !== node) });
      },
      [flow],
    ),
    toggleBreakpoint: useCallback(
      (node: string) => {
        const before = read(flow);
        const had = before.breakpoints.includes(node);
        write(flow, {
          ...before,
          breakpoints: had ? before.breakpoints.filter((b) => b !== node) : [...before.breakpoints, node],
        });
      },
      [flow],
    ),
  };
}

/** pinOf makes a pin of what a node gave in a run. */
export function pinOf(node: string, port: string, output: Any | undefined): Pin | undefined {
  if (!output) return undefined;
  return { node, port, output: toJson(AnySchema, output, { registry }) as JsonObject };
}

/** pinsFor are pins as a trial takes them, for nodes that are still there. What cannot be read is left out. */
export function pinsFor(pins: readonly Pin[], nodes: ReadonlySet<string>): PinnedOutput[] {
  return pins.flatMap((pin) => {
    if (!nodes.has(pin.node)) return [];
    try {
      return [fromJson(PinnedOutputSchema, { ...pin }, { registry, ignoreUnknownFields: true })];
    } catch {
      return [];
    }
  });
}
