import { NodeMode } from "@gen/flowdesk/v1/definition_pb";
import { type Doc, nodeOf } from "@/graph/doc";
import { align, spread } from "@/graph/frames";
import { kindOf } from "@/graph/kinds";
import type { useTrial } from "@/graph/trial";
import { reach } from "@/graph/walk";
import { useText } from "@/i18n";
import type { MenuEntry } from "./canvas-menu";
import type { useChanges } from "./changes";

/** useEntries is the menu of the canvas for what is selected. */
export function useEntries({
  doc,
  selected,
  edges,
  locked,
  trial,
  changes,
  edit,
  select,
  onAdd,
  onConnect,
  onCopy,
  onRunTo,
  onLock,
}: {
  doc: Doc;
  selected: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  locked: boolean;
  trial: ReturnType<typeof useTrial>;
  changes: ReturnType<typeof useChanges>;
  edit: (doc: Doc, name: string) => void;
  select: (nodes: ReadonlySet<string>) => void;
  onAdd: () => void;
  onConnect: (from: string) => void;
  onCopy: () => void;
  onRunTo: (node: string) => void;
  onLock: () => void;
}): MenuEntry[] {
  const { t } = useText();
  const [only] = selected.size === 1 ? selected : [];
  const chosen = doc.definition.nodes.filter((n) => selected.has(n.id) && !kindOf(n)?.spec.trigger);
  const frame = doc.layout.frames.find((f) => f.id === only);
  return [
    { label: t("editor.addNode"), key: "add", run: onAdd },
    { label: t("editor.addNote"), key: "note", run: () => changes.note() },
    ...(only ? [{ label: t("editor.key.connect"), key: "connect", run: () => onConnect(only) }] : []),
    "line",
    { label: t("editor.key.copy"), run: onCopy, disabled: selected.size === 0 },
    { label: t("editor.key.duplicate"), key: "duplicate", run: changes.duplicate, disabled: selected.size === 0 },
    { label: t("do.delete"), key: "remove", run: () => changes.remove(), disabled: selected.size + edges.size === 0 },
    "line",
    { label: t("editor.key.frame"), key: "frame", run: changes.frame, disabled: selected.size === 0 },
    { label: t("editor.tidy"), key: "tidy", run: changes.tidy },
    ...(selected.size > 1
      ? [
          { label: t("drawing.alignLeft"), run: () => edit(align(doc, selected, "left"), t("drawing.alignLeft")) },
          { label: t("drawing.alignTop"), run: () => edit(align(doc, selected, "top"), t("drawing.alignTop")) },
          {
            label: t("drawing.spreadAcross"),
            run: () => edit(spread(doc, selected, "across"), t("drawing.spreadAcross")),
          },
          { label: t("drawing.spreadDown"), run: () => edit(spread(doc, selected, "down"), t("drawing.spreadDown")) },
        ]
      : []),
    "line",
    { label: t("drawing.downstream"), run: () => select(reach(doc, selected, "right")), disabled: selected.size === 0 },
    { label: t("drawing.upstream"), run: () => select(reach(doc, selected, "left")), disabled: selected.size === 0 },
    ...(only
      ? [
          {
            label: t(trial.breakpoints.includes(only) ? "drawing.clearBreakpoint" : "drawing.setBreakpoint"),
            key: "breakpoint",
            run: () => trial.toggleBreakpoint(only),
          },
          ...(nodeOf(doc, only) ? [{ label: t("drawer.runTo"), key: "runTo", run: () => onRunTo(only) }] : []),
        ]
      : []),
    ...(chosen.length > 0
      ? [
          {
            label: t(chosen.some((n) => n.mode === NodeMode.UNSPECIFIED) ? "drawing.skip" : "drawing.letRun"),
            key: "toggle",
            run: changes.toggle,
          },
        ]
      : []),
    ...(frame ? [{ label: t(frame.collapsed ? "drawing.expand" : "drawing.collapse"), run: changes.collapse }] : []),
    { label: t(locked ? "drawing.unlock" : "drawing.lock"), key: "lock", run: onLock },
  ];
}
