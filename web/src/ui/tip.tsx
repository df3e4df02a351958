import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

/** Tip names an icon or says more about a short text, on hover and on focus. */
export function Tip({
  text,
  children,
  side = "bottom",
}: {
  text: ReactNode;
  children: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
}) {
  return (
    <Tooltip.Root delayDuration={300}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={4}
          className="z-50 max-w-80 rounded-control bg-ink px-2 py-1 text-xs leading-[18px] text-bg"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export const TipProvider = Tooltip.Provider;
