import { NodeFamilySchema } from "@gen/flowdesk/v1/options_pb";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { memo, useState } from "react";
import { enumLabel } from "@/api/labels";
import { FamilyIcon } from "@/canvas/look";
import { families, type Kind, kinds } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Input } from "@/ui/field";
import { type Finder, useFinder } from "@/ui/finder";

/** matches tells whether a node type is found, by its name or help in either language, or as its title sounds. */
export function matches(kind: Kind, finds: Finder): boolean {
  const { title, help } = kind.spec;
  return finds(title?.zh ?? "", [title?.en, help?.zh, help?.en, kind.name].join(" "));
}

/** Palette are all node types by family; one is dragged or clicked onto the canvas. Planned types say what to use instead. */
export const Palette = memo(function Palette({
  onAdd,
  onDock,
}: {
  onAdd: (kind: Kind) => void;
  /** Told where the minimap may stand, so that it covers no node. */
  onDock: (at: HTMLElement | null) => void;
}) {
  const { t, lang } = useText();
  const [typed, setTyped] = useState("");
  const finds = useFinder(typed);
  const [open, setOpen] = useState(() => window.innerWidth >= 1200);
  if (!open) {
    return (
      <div className="border-r bg-surface p-1">
        <Button tone="quiet" size="icon" aria-label={t("editor.palette")} onClick={() => setOpen(true)}>
          <PanelLeftOpen />
        </Button>
      </div>
    );
  }
  return (
    <nav aria-label={t("editor.palette")} className="flex w-56 shrink-0 flex-col border-r bg-surface">
      <div className="flex items-center gap-1 p-2">
        <Input
          type="search"
          aria-label={t("editor.searchNodes")}
          placeholder={t("editor.searchNodes")}
          value={typed}
          onChange={(e) => setTyped(e.target.value)}
        />
        <Button tone="quiet" size="icon" aria-label={t("do.close")} onClick={() => setOpen(false)}>
          <PanelLeftClose />
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {families.map(({ family, color }) => {
          const members = kinds.filter((k) => k.spec.family === family && matches(k, finds));
          if (members.length === 0) return null;
          return (
            <section key={family} className="mb-2">
              <h3 className="px-1 py-1 text-xs font-medium" style={{ color }}>
                {enumLabel(NodeFamilySchema, family, lang)}
              </h3>
              <ul>
                {members.map((kind) => (
                  <li key={kind.name}>
                    <button
                      type="button"
                      draggable={!kind.spec.planned}
                      disabled={Boolean(kind.spec.planned)}
                      title={pick(kind.spec.planned, lang) || pick(kind.spec.help, lang)}
                      onDragStart={(e) => {
                        e.dataTransfer.setData("application/x-flowdesk-kind", kind.name);
                        e.dataTransfer.effectAllowed = "copy";
                      }}
                      onClick={() => onAdd(kind)}
                      className="flex w-full items-center gap-2 rounded-control px-2 py-1 text-left text-[13px] hover:bg-sunken disabled:opacity-50"
                    >
                      <span style={{ color }}>
                        <FamilyIcon family={family} className="size-4" />
                      </span>
                      {pick(kind.spec.title, lang)}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
      <div ref={onDock} className="border-t empty:hidden" />
    </nav>
  );
});
