import { useState } from "react";
import { FamilyIcon } from "@/canvas/look";
import type { Spot } from "@/graph/edit";
import { colorOf, type Kind, kinds } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/field";
import { type Finder, useFinder } from "@/ui/finder";
import { matches } from "./palette";

/** QuickAddAt is where the new node goes: at a place, behind a port, or into an edge. */
export interface QuickAddAt {
  at?: Spot;
  after?: { node: string; port: string };
  onEdge?: string;
}

/** QuickAdd finds a node type by typing; Enter puts it in. */
export function QuickAdd({ onPick, onClose }: { onPick: (kind: Kind) => void; onClose: () => void }) {
  const { t, lang } = useText();
  const [typed, setTyped] = useState("");
  const [marked, setMarked] = useState(0);
  const finds = useFinder(typed);
  const found = kinds
    .filter((k) => !k.spec.planned && matches(k, finds))
    .sort((a, b) => rank(a, typed, finds) - rank(b, typed, finds));
  return (
    <Dialog open onClose={onClose} title={t("editor.addNode")}>
      <Input
        autoFocus
        type="search"
        aria-label={t("editor.searchNodes")}
        placeholder={t("editor.searchNodes")}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setMarked(0);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          const kind = found[marked];
          if (e.key === "ArrowDown") setMarked(Math.min(marked + 1, found.length - 1));
          else if (e.key === "ArrowUp") setMarked(Math.max(marked - 1, 0));
          else if (e.key === "Enter" && kind) onPick(kind);
          else return;
          e.preventDefault();
        }}
      />
      <ul className="mt-2 max-h-80 overflow-y-auto">
        {found.map((kind, i) => (
          <li key={kind.name}>
            <button
              type="button"
              onClick={() => onPick(kind)}
              onMouseEnter={() => setMarked(i)}
              className={cn(
                "flex w-full items-center gap-2 rounded-control px-2 py-1.5 text-left",
                i === marked && "bg-primary-soft",
              )}
            >
              <span style={{ color: colorOf(kind.spec.family) }}>
                <FamilyIcon family={kind.spec.family} className="size-4" />
              </span>
              <span className="whitespace-nowrap">{pick(kind.spec.title, lang)}</span>
              <span className="truncate text-xs text-faint">{pick(kind.spec.help, lang)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

// A title that says what was typed, or sounds so, stands before help that mentions it.
function rank(kind: Kind, typed: string, finds: Finder): number {
  const text = typed.trim().toLowerCase();
  const titles = [kind.spec.title?.zh ?? "", kind.spec.title?.en.toLowerCase() ?? ""];
  if (titles.some((title) => title.startsWith(text))) return 0;
  return titles.some((title) => title.includes(text) || finds(title)) ? 1 : 2;
}
