import type { ReactNode } from "react";
import { cn } from "@/ui/cn";

/** Panel is one part of the wall with its own heading. What does not fit is cut off, never scrolled. */
export function Panel({
  title,
  note,
  children,
  className,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section
      aria-label={title}
      className={cn("flex min-h-0 min-w-0 flex-col rounded-card border bg-surface px-5 py-3", className)}
    >
      <h2 className="flex items-baseline justify-between gap-3 pb-1 text-lg font-semibold text-soft">
        <span className="shrink-0">{title}</span>
        {note && <span className="truncate text-sm font-normal text-faint max-xl:hidden">{note}</span>}
      </h2>
      <div className="min-h-0 flex-1 overflow-hidden">{children}</div>
    </section>
  );
}

/** Big is a number that can be read from across the room, with its words. */
export function Big({ value, children, alarm = false }: { value: number; children: ReactNode; alarm?: boolean }) {
  return (
    <div className="min-w-0">
      <div
        className={cn(
          "text-[56px] leading-[60px] font-semibold tabular-nums",
          value === 0 ? "text-faint" : alarm ? "text-warn" : "text-ink",
        )}
      >
        {value > 9999 ? "9999+" : value}
      </div>
      <div className="text-lg leading-7 text-soft">{children}</div>
    </div>
  );
}
