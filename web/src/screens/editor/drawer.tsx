import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, lazy, type PointerEvent, Suspense, useState } from "react";
import { useText } from "@/i18n";
import { Skeleton } from "@/parts/states";
import { cn } from "@/ui/cn";
import { Problems, ProblemsSum } from "./problems";
import type { Trying } from "./trying";
import type { Findings } from "./validate";
import { ValuesPanel } from "./values-panel";

const TrialPanel = lazy(() => import("./trial-panel"));

/** DrawerTab is what stands below the canvas; nothing while the drawer is shut. */
export type DrawerTab = "problems" | "trial" | "values";

const tabs: readonly DrawerTab[] = ["problems", "trial", "values"];
const kept = "flowdesk.drawer";
const least = 120;

const clamp = (height: number) => Math.round(Math.max(least, Math.min(height, window.innerHeight * 0.7)));

interface Props {
  tab: DrawerTab | undefined;
  onTab: (tab: DrawerTab | undefined) => void;
  findings: Findings;
  trying: Trying;
  onOpen: (node: string, field?: string) => void;
}

/** Drawer stands below the flow: what the compiler found, a trial of what is on screen, and the values that expressions read. Its height is remembered. */
export function Drawer({ tab, onTab, findings, trying, onOpen }: Props) {
  const { t } = useText();
  const [height, setHeight] = useState(() => clamp(Number(localStorage.getItem(kept)) || 300));
  const resize = (next: number) => {
    const fit = clamp(next);
    localStorage.setItem(kept, String(fit));
    setHeight(fit);
  };
  const drag = (e: PointerEvent<HTMLElement>) => {
    const bar = e.currentTarget;
    const [from, before] = [e.clientY, height];
    const move = (to: globalThis.PointerEvent) => resize(before + from - to.clientY);
    const end = () => bar.removeEventListener("pointermove", move);
    bar.setPointerCapture(e.pointerId);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("pointerup", end, { once: true });
    bar.addEventListener("pointercancel", end, { once: true });
  };
  const keys = (e: KeyboardEvent) => {
    const by = e.key === "ArrowUp" ? 24 : e.key === "ArrowDown" ? -24 : 0;
    if (!by) return;
    e.preventDefault();
    e.stopPropagation();
    resize(height + by);
  };
  return (
    <section aria-label={t("drawer.title")} className="relative flex flex-col border-t bg-surface">
      {tab && (
        // biome-ignore lint/a11y/useSemanticElements: a splitter that can be moved is no line of a text
        <div
          role="separator"
          tabIndex={0}
          aria-orientation="horizontal"
          aria-label={t("drawer.resize")}
          aria-valuenow={height}
          aria-valuemin={least}
          aria-valuemax={clamp(Number.POSITIVE_INFINITY)}
          onPointerDown={drag}
          onKeyDown={keys}
          className="absolute -top-1 right-0 left-0 z-10 h-2 cursor-row-resize touch-none hover:bg-primary/30"
        />
      )}
      <div className="flex items-center border-b px-1 text-[13px] whitespace-nowrap">
        <div role="tablist" aria-label={t("drawer.title")} className="flex min-w-0 flex-1 overflow-x-auto">
          {tabs.map((key) => (
            <button
              key={key}
              type="button"
              role="tab"
              id={`drawer-${key}`}
              aria-selected={tab === key}
              aria-controls="drawer-panel"
              onClick={() => onTab(tab === key ? undefined : key)}
              className={cn(
                "-mb-px flex h-9 items-center gap-2 border-b-2 border-transparent px-3 text-soft hover:text-ink max-md:h-10",
                tab === key && "border-primary font-medium text-ink",
              )}
            >
              {t(key === "problems" ? "editor.problems" : `drawer.${key}`)}
              {key === "problems" && <ProblemsSum findings={findings} />}
            </button>
          ))}
        </div>
        <button
          type="button"
          aria-expanded={tab !== undefined}
          aria-label={t(tab ? "drawer.close" : "drawer.open")}
          onClick={() => onTab(tab ? undefined : "problems")}
          className="grid size-8 shrink-0 place-items-center rounded-control hover:bg-sunken max-md:size-10"
        >
          <ChevronDown className={cn("size-4 transition-transform", !tab && "rotate-180")} aria-hidden />
        </button>
      </div>
      {tab && (
        <div
          id="drawer-panel"
          role="tabpanel"
          aria-labelledby={`drawer-${tab}`}
          className="min-h-0 overflow-y-auto"
          style={{ height: `min(${height}px, 60dvh)` }}
        >
          {tab === "problems" && <Problems findings={findings} doc={trying.doc} onOpen={onOpen} />}
          {tab === "trial" && (
            <Suspense fallback={<Skeleton rows={3} />}>
              <TrialPanel trying={trying} onOpen={onOpen} />
            </Suspense>
          )}
          {tab === "values" && <ValuesPanel trying={trying} onOpen={onOpen} />}
        </div>
      )}
    </section>
  );
}
