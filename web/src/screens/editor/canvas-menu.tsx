import { ContextMenu } from "radix-ui";
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { bindings } from "./keys";

/** MenuEntry is one thing to do with what is under the pointer; key is the text of its binding. */
export type MenuEntry = { label: string; run: () => void; key?: string; disabled?: boolean } | "line";

/** CanvasMenu opens on the canvas by the other mouse button or the menu key: what the keys do, with the keys beside it. */
export function CanvasMenu({ entries, children }: { entries: MenuEntry[]; children: ReactNode }) {
  const { t } = useText();
  const keys = (name: string | undefined) => {
    const bound = bindings.find((b) => b.text === name)?.keys;
    return bound?.replace("mod", "Ctrl").replace("alt", "Alt").replace("shift", "Shift").replace("delete", "Del");
  };
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
                <span className="font-mono text-xs text-faint">{keys(entry.key)?.toUpperCase()}</span>
              </ContextMenu.Item>
            ),
          )}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}
