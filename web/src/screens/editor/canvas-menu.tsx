import { ContextMenu } from "radix-ui";
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { bindings } from "./keys";

/** MenuEntry is one thing to do with what is under the pointer; key is the text of its binding. */
export type MenuEntry = { label: string; run: () => void; key?: string; disabled?: boolean } | "line";

const shownKeys = (name: string | undefined) =>
  bindings
    .find((b) => b.text === name)
    ?.keys.replace("mod", "Ctrl")
    .replace("alt", "Alt")
    .replace("shift", "Shift")
    .replace("delete", "Del")
    .toUpperCase();

/** EntryButtons are the same things to do as buttons, for whoever looks for them beside the canvas. */
export function EntryButtons({ entries }: { entries: MenuEntry[] }) {
  return (
    <div className="flex flex-wrap gap-2">
      {entries
        .filter((entry) => entry !== "line")
        .filter((entry) => !entry.disabled)
        .map((entry) => (
          <Button key={entry.label} size="small" title={shownKeys(entry.key)} onClick={entry.run}>
            {entry.label}
          </Button>
        ))}
    </div>
  );
}

/** CanvasMenu opens on the canvas by the other mouse button or the menu key: what the keys do, with the keys beside it. */
export function CanvasMenu({ entries, children }: { entries: MenuEntry[]; children: ReactNode }) {
  const { t } = useText();
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content
          aria-label={t("do.more")}
          className="z-50 min-w-48 rounded-card border bg-surface p-1 text-[13px] shadow-lg"
        >
          {entries.map((entry, i) =>
            entry === "line" ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing else
              <ContextMenu.Separator key={i} className="my-1 h-px bg-line" />
            ) : (
              <ContextMenu.Item
                key={entry.label}
                disabled={entry.disabled ?? false}
                onSelect={entry.run}
                className="flex cursor-pointer items-center justify-between gap-6 rounded-control px-2 py-1 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-sunken"
              >
                {entry.label}
                <span className="font-mono text-xs text-faint">{shownKeys(entry.key)}</span>
              </ContextMenu.Item>
            ),
          )}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}
