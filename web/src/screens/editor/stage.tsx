import type { ReactNode, RefObject } from "react";
import type { CanvasActions } from "@/canvas/actions";
import { Canvas, type CanvasView } from "@/canvas/canvas";
import type { Marks, Overlay } from "@/canvas/model";
import type { Doc } from "@/graph/doc";
import { connect, disconnect } from "@/graph/edit";
import { moveAll } from "@/graph/frames";
import { kindNamed } from "@/graph/kinds";
import { useText } from "@/i18n";
import { toast } from "@/parts/toast";
import { CanvasMenu, type MenuEntry } from "./canvas-menu";
import type { useChanges } from "./changes";
import type { Draft } from "./draft";
import { Outline } from "./outline";
import type { QuickAddAt } from "./quick-add";
import { Source } from "./source";
import type { View } from "./tools";

interface Props {
  show: View;
  doc: Doc;
  selected: ReadonlySet<string>;
  marks: ReadonlyMap<string, Marks>;
  overlay: Overlay | undefined;
  found: ReadonlySet<string> | undefined;
  /** Nodes that the address named when the editor was opened. */
  opened: readonly string[] | undefined;
  reader: boolean;
  locked: boolean;
  entries: MenuEntry[];
  actions: CanvasActions;
  changes: ReturnType<typeof useChanges>;
  view: RefObject<CanvasView | null>;
  dock: HTMLElement | null;
  edit: Draft["edit"];
  select: (nodes: ReadonlySet<string>, wires?: ReadonlySet<string>) => void;
  open: (id: string) => void;
  onAdd: (where: QuickAddAt) => void;
  onFile: (file: File) => void;
  children: ReactNode;
}

/** Stage shows the flow in one of its views, with what stands below it. A file that is let fall on it is taken. */
export function Stage({ show, doc, selected, edit, open, onAdd, children, ...props }: Props) {
  const { t } = useText();
  const { reader } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file is let fall anywhere; by keyboard the menu imports one
    <section
      className="relative flex min-w-0 flex-1 flex-col"
      onDragOver={(e) => e.dataTransfer.types.includes("Files") && e.preventDefault()}
      onDrop={(e) => {
        const [file] = e.dataTransfer.files;
        if (!file || reader) return;
        e.preventDefault();
        props.onFile(file);
      }}
    >
      {show === "canvas" && (
        <CanvasMenu entries={reader ? [] : props.entries}>
          <section
            className="min-h-0 flex-1 outline-none focus-visible:ring-2 focus-visible:ring-primary focus-visible:ring-inset"
            aria-label={t("editor.canvas")}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas takes keys of its own
            tabIndex={0}
            data-canvas
          >
            <Canvas
              doc={doc}
              label={t("editor.canvas")}
              selected={selected}
              onSelect={props.select}
              marks={props.marks}
              overlay={props.overlay}
              focus={props.opened}
              spotlight={props.found}
              readOnly={reader || props.locked}
              folds={!reader}
              dock={props.dock}
              actions={props.actions}
              onReady={(ready) => {
                props.view.current = ready;
              }}
              onMove={(spots) => edit(moveAll(doc, spots), t("editor.step.move"))}
              onConnect={(from, port, to) => edit(connect(doc, from, port, to), t("editor.step.connect"))}
              onRewire={(edge, from, port, to) =>
                edit(connect(disconnect(doc, new Set([edge])), from, port, to), t("editor.step.connect"))
              }
              onRefused={(why) => toast(t(`drawing.refused.${why}`))}
              onWireDropped={(node, port, at) => onAdd({ after: { node, port }, at })}
              onDrop={(name, at) => {
                const kind = kindNamed(name);
                if (kind) props.changes.add(kind, { at });
              }}
              onOpen={open}
              onEmptyDoubleClick={(at) => onAdd({ at })}
            />
          </section>
        </CanvasMenu>
      )}
      {show === "outline" && (
        <Outline
          doc={doc}
          marks={props.marks}
          selected={selected}
          readOnly={reader}
          onSelect={open}
          onEdit={edit}
          onAdd={(after) => onAdd(after ? { after } : {})}
        />
      )}
      {show === "source" && <Source doc={doc} onEdit={(to) => edit(to, t("editor.step.source"), "source")} />}
      {children}
    </section>
  );
}
