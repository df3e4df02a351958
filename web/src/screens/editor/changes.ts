import type { RefObject } from "react";
import type { CanvasView } from "@/canvas/canvas";
import { type Doc, edgeId, nodeOf, portOf } from "@/graph/doc";
import { addNode, addNote, changeMark, disconnect, removeNodes, type Spot, splice, toggleMode } from "@/graph/edit";
import { frameAround, moveAll } from "@/graph/frames";
import type { Kind } from "@/graph/kinds";
import { places, tidy } from "@/graph/layout";
import { copyText, pasteText } from "@/graph/text";
import { tidied } from "@/graph/tidy";
import { freePort } from "@/graph/walk";
import { useText } from "@/i18n";
import { toast } from "@/parts/toast";
import type { QuickAddAt } from "./quick-add";

const nobody: ReadonlySet<string> = new Set();

/** Surroundings are what the changes of the editor act on. */
export interface Surroundings {
  doc: Doc;
  selected: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  view: RefObject<CanvasView | null>;
  edit: (doc: Doc, name: string, merge?: string) => void;
  select: (nodes: ReadonlySet<string>) => void;
  open: (id: string) => void;
}

/** useChanges are what buttons, keys and menus do to the document: each is one step that can be undone. */
export function useChanges({ doc, selected, edges, view, edit, select, open }: Surroundings) {
  const { t } = useText();
  const middle = (): Spot => {
    const box = document.querySelector(".react-flow")?.getBoundingClientRect();
    return box && view.current
      ? view.current.screenToFlowPosition({ x: box.x + box.width / 2 - 120, y: box.y + box.height / 2 - 40 })
      : { x: 0, y: 0 };
  };
  const paste = (text: string) => {
    const pasted = pasteText(doc, text, middle());
    if (!pasted) return false;
    edit(pasted.doc, t("editor.step.paste"));
    select(pasted.ids);
    return true;
  };
  const text = () => (selected.size > 0 ? copyText(doc, selected) : undefined);
  return {
    paste,
    text,
    duplicate: () => {
      const copied = text();
      if (copied) paste(copied);
    },
    add: (kind: Kind, where?: QuickAddAt) => {
      const spots = places(doc);
      const after = where?.after ?? (selected.size === 1 ? freePort(doc, [...selected][0] ?? "") : undefined);
      if (where?.onEdge) {
        const wire = doc.definition.edges.find((e) => edgeId(e) === where.onEdge);
        if (!wire) return;
        const [a, b] = [spots.get(wire.from), spots.get(wire.to)];
        const at = a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : middle();
        const put = splice(doc, kind, wire.from, portOf(wire), wire.to, at);
        edit(put.doc, t("editor.step.add"));
        open(put.id);
        return;
      }
      const beside = after && spots.get(after.node);
      const at = where?.at ?? (beside ? { x: beside.x + 336, y: beside.y } : middle());
      const put = addNode(doc, kind, at, after);
      edit(put.doc, t("editor.step.add"));
      select(new Set([put.id]));
    },
    remove: (heal = false) => {
      if (edges.size > 0) edit(disconnect(doc, edges), t("editor.step.disconnect"));
      else if (selected.size > 0)
        edit(removeNodes(doc, selected, heal), t("editor.step.remove", { count: selected.size }));
      select(nobody);
    },
    tidy: () => {
      const some = [...selected].filter((id) => nodeOf(doc, id));
      edit(some.length > 1 ? moveAll(doc, tidy(doc, new Set(some))) : tidied(doc), t("editor.step.tidy"));
    },
    frame: () => {
      if (selected.size > 0) edit(frameAround(doc, selected, t("editor.frame")), t("editor.step.frame"));
    },
    toggle: () => {
      const next = toggleMode(doc, selected);
      if (selected.size > 0) edit(next, t("drawing.toggleStep"));
    },
    collapse: () => {
      const [id] = selected;
      const frame = doc.layout.frames.find((f) => f.id === id);
      if (frame) edit(changeMark(doc, frame.id, { collapsed: !frame.collapsed }), t("drawing.collapseStep"));
    },
    note: (at?: Spot) => edit(addNote(doc, at ?? middle(), ""), t("editor.step.note")),
    nudge: (x: number, y: number) => {
      const spots = places(doc);
      const marks = new Map([...doc.layout.frames, ...doc.layout.notes].map((m) => [m.id, m]));
      const moved = [...selected].flatMap((id) => {
        const at = spots.get(id) ?? marks.get(id);
        return at ? [[id, { x: at.x + x, y: at.y + y }] as const] : [];
      });
      if (moved.length === 0) return false;
      edit(moveAll(doc, new Map(moved)), t("editor.step.move"), "nudge");
      return true;
    },
    told: () => toast(t("editor.copied", { count: selected.size })),
  };
}
