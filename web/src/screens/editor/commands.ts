import type { RefObject } from "react";
import type { CanvasView } from "@/canvas/canvas";
import { glide } from "@/canvas/glide";
import type { Doc } from "@/graph/doc";
import type { useTrial } from "@/graph/trial";
import { next, reach, walk } from "@/graph/walk";
import type { useChanges } from "./changes";
import type { Asked } from "./dialogs";
import type { Draft } from "./draft";
import { useEntries } from "./entries";
import { useKeys } from "./keys";

interface Around {
  doc: Doc;
  draft: Draft;
  selected: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  /** The node that is selected, alone. */
  only: string | undefined;
  view: RefObject<CanvasView | null>;
  trial: ReturnType<typeof useTrial>;
  changes: ReturnType<typeof useChanges>;
  locked: boolean;
  edit: Draft["edit"];
  select: (nodes: ReadonlySet<string>) => void;
  open: (id: string) => void;
  ask: (asked: Asked) => void;
  /** Copies by a button, where there is no event with a clipboard of its own. */
  copyByButton: () => Promise<void>;
  onFind: () => void;
  onEscape: () => void;
  onRename: () => void;
  onTest: () => void;
  onStep: () => void;
  onRunTo: (node: string) => void;
  onLock: () => void;
}

/** useCommands is what the keyboard and the menu of the canvas do in the editor. */
export function useCommands(on: Around) {
  const { doc, draft, selected, only, view, trial, changes, locked, select, open } = on;
  const keys = useKeys({
    undo: draft.undo,
    redo: draft.redo,
    copy: () => {
      const text = changes.text();
      if (text) changes.told();
      return text;
    },
    cut: () => void on.copyByButton().then(() => changes.remove()),
    duplicate: changes.duplicate,
    paste: changes.paste,
    remove: changes.remove,
    add: () => on.ask({ kind: "add", where: {} }),
    all: () => select(new Set(doc.definition.nodes.map((n) => n.id))),
    find: on.onFind,
    tidy: changes.tidy,
    frame: changes.frame,
    note: () => changes.note(),
    fit: () => void view.current?.fitView(glide(150)),
    fitSelection: () => void view.current?.fitView({ nodes: [...selected].map((id) => ({ id })), ...glide(150) }),
    zoom: (by) => void view.current?.zoomTo(by === 0 ? 1 : (view.current?.getZoom() ?? 1) * by, glide(100)),
    save: () => on.ask({ kind: "checkpoints" }),
    help: () => on.ask({ kind: "help" }),
    escape: on.onEscape,
    walk: (way) => {
      const to = walk(doc, only, way);
      if (to) open(to);
    },
    rename: on.onRename,
    configure: () =>
      document.querySelector<HTMLElement>("#inspector input, #inspector textarea, #inspector select")?.focus(),
    reach: (way) => select(reach(doc, selected, way)),
    connect: () => only && on.ask({ kind: "connect", from: only }),
    breakpoint: () => only && trial.toggleBreakpoint(only),
    toggle: changes.toggle,
    test: on.onTest,
    step: on.onStep,
    runTo: () => only && on.onRunTo(only),
    lock: on.onLock,
    nudge: (x, y) => {
      if (selected.size > 0) return !locked && changes.nudge(x, y);
      const at = view.current?.getViewport();
      if (at) void view.current?.setViewport({ ...at, x: at.x - x * 8, y: at.y - y * 8 });
      return true;
    },
    cycle: (back) => {
      const to = selected.size === 0 && back ? undefined : next(doc, only, back);
      if (to) open(to);
      return to !== undefined;
    },
  });
  const entries = useEntries({
    doc,
    selected,
    edges: on.edges,
    locked,
    trial,
    changes,
    edit: on.edit,
    select,
    onAdd: () => on.ask({ kind: "add", where: {} }),
    onConnect: (from) => on.ask({ kind: "connect", from }),
    onCopy: () => void on.copyByButton(),
    onRunTo: on.onRunTo,
    onLock: on.onLock,
  });
  return { keys, entries };
}
