import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { Button } from "./button";
import { cn } from "./cn";
import { Spread } from "./menu";

/** Dialog asks or shows one thing; Esc closes it and focus returns. As a sheet it stands at the right edge. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  footer,
  sheet = false,
  wide = false,
  stay = false,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  sheet?: boolean;
  wide?: boolean;
  /** True keeps it open when one clicks beside it. */
  stay?: boolean;
}) {
  const { t } = useText();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        {/* As high as what it covers: a dialog that a sheet asks with dims the sheet too, for it comes after. */}
        <Radix.Overlay className="fixed inset-0 z-50 bg-black/40" />
        <Radix.Content
          aria-describedby={description ? undefined : ""}
          // The key that puts away an input method's candidates closes nothing: what was typed would be lost.
          onEscapeKeyDown={(e) => (e.isComposing || e.keyCode === 229) && e.preventDefault()}
          // Who takes something back by its notice is not done with what stands open below it.
          onInteractOutside={(e) => {
            if (stay || (e.target instanceof Element && e.target.closest("[data-notices]"))) e.preventDefault();
          }}
          className={cn(
            "fixed z-50 flex flex-col border bg-surface shadow-xl",
            sheet
              ? "inset-y-0 right-0 w-[min(640px,100vw)]"
              : "top-1/2 left-1/2 max-h-[90dvh] w-[min(520px,calc(100vw-24px))] -translate-x-1/2 -translate-y-1/2 rounded-dialog",
            wide && (sheet ? "w-[min(960px,100vw)]" : "w-[min(920px,calc(100vw-24px))]"),
          )}
        >
          <header className="flex items-start gap-3 border-b px-4 py-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base leading-6 font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="text-soft">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button tone="quiet" size="icon" aria-label={t("do.close")}>
                <X />
              </Button>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">{children}</div>
          {footer && (
            <Spread.Provider value={sheet}>
              <footer className="flex flex-wrap justify-end gap-2 border-t px-4 py-3">{footer}</footer>
            </Spread.Provider>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
