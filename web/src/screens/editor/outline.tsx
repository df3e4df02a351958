import type { Node } from "@gen/flowdesk/v1/definition_pb";
import { Plus, Trash2, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { FamilyIcon } from "@/canvas/look";
import type { Marks } from "@/canvas/model";
import { type Doc, nodeOf, portOf } from "@/graph/doc";
import { connect, disconnect, removeNodes } from "@/graph/edit";
import { colorOf, failed, kindOf, type Port } from "@/graph/kinds";
import { inOrder } from "@/graph/order";
import { errorPort, faceOf } from "@/graph/summary";
import { targets } from "@/graph/walk";
import { type Language, pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { TargetSelect } from "./target-select";

interface Props {
  doc: Doc;
  marks: ReadonlyMap<string, Marks>;
  selected: ReadonlySet<string>;
  readOnly: boolean;
  onSelect: (id: string) => void;
  onEdit: (doc: Doc, name: string) => void;
  onAdd: (after?: { node: string; port: string }) => void;
}

/** Outline is the flow as a list in the order in which it runs, where everything can be written without the canvas. */
export function Outline({ doc, marks, selected, readOnly, onSelect, onEdit, onAdd }: Props) {
  const { t, lang } = useText();
  const order = useMemo(() => inOrder(doc), [doc]);
  const others = useMemo(() => targets(doc), [doc]);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4">
      {!readOnly && (
        <div className="mb-3 flex justify-end">
          <Button onClick={() => onAdd()}>
            <Plus /> {t("editor.addNode")}
          </Button>
        </div>
      )}
      <ol className="flex flex-col gap-2" aria-label={t("editor.outline")}>
        {order.map(({ id, depth }) => {
          const node = nodeOf(doc, id);
          if (!node) return null;
          const kind = kindOf(node);
          const wrong = marks.get(id);
          return (
            <li
              key={id}
              style={{ marginLeft: Math.min(depth, 8) * 16 }}
              className={cn("rounded-card border bg-surface", selected.has(id) && "border-primary ring-1 ring-primary")}
            >
              <div className="flex items-center gap-2 px-3 py-2">
                <span style={{ color: colorOf(kind?.spec.family) }}>
                  <FamilyIcon family={kind?.spec.family} className="size-4" />
                </span>
                <button
                  type="button"
                  className="min-w-0 flex-1 text-left"
                  onClick={() => onSelect(id)}
                  aria-current={selected.has(id) ? "true" : undefined}
                >
                  <span className="font-medium">{node.name || pick(kind?.spec.title, lang) || id}</span>{" "}
                  <span className="text-xs text-faint">{pick(kind?.spec.title, lang)}</span>
                </button>
                {wrong && (
                  <span
                    className={cn(
                      "inline-flex items-center gap-1 text-xs",
                      wrong.errors > 0 ? "text-bad" : "text-warn",
                    )}
                  >
                    <TriangleAlert className="size-4" aria-label={t("editor.problems")} />
                    {wrong.errors + wrong.warnings}
                  </span>
                )}
                <Button
                  tone="quiet"
                  size="icon"
                  aria-label={t("editor.removeNode", { node: node.name || id })}
                  onClick={() => onEdit(removeNodes(doc, new Set([id]), true), t("editor.step.remove", { count: 1 }))}
                >
                  <Trash2 />
                </Button>
              </div>
              <ul className="border-t px-3 py-1.5">
                {outlets(doc, node, lang).map((port) => {
                  const wire = doc.definition.edges.find((e) => e.from === id && portOf(e) === port.name);
                  const label = pick(port.label, lang) || port.name;
                  return (
                    <li key={port.name} className="flex items-center gap-2 py-0.5 text-[13px]">
                      <span className="w-32 shrink-0 truncate text-soft">{label} →</span>
                      <TargetSelect
                        label={t("editor.wireTo", { port: label })}
                        className="min-w-0 flex-1"
                        value={wire?.to ?? ""}
                        self={id}
                        targets={others}
                        disabled={readOnly}
                        onChoose={(to) =>
                          onEdit(
                            to ? connect(doc, id, port.name, to) : disconnect(doc, new Set([`${id}:${port.name}`])),
                            t("editor.step.connect"),
                          )
                        }
                      />
                      <Button
                        tone="quiet"
                        size="icon"
                        aria-label={t("editor.addAfter", { port: label })}
                        onClick={() => onAdd({ node: id, port: port.name })}
                      >
                        <Plus />
                      </Button>
                    </li>
                  );
                })}
              </ul>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

// The ports that the canvas shows: with that of failure where the node can fail, or where it leads somewhere.
function outlets(doc: Doc, node: Node, lang: Language): Port[] {
  const { ports } = faceOf(node, lang);
  const wired = doc.definition.edges.some((e) => e.from === node.id && portOf(e) === failed);
  return wired && !ports.some((p) => p.name === failed) ? [...ports, errorPort] : ports;
}
