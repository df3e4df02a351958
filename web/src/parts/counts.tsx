import type { ReactNode } from "react";
import { cn } from "@/ui/cn";
import type { ListParams } from "./list";

/** Counted is a number above a list that limits the list to what it counts. */
export interface Counted {
  /** Filter that it sets. */
  name: string;
  value: string;
  label: ReactNode;
  count?: number | undefined;
  /** True for one that needs somebody when it is not 0. */
  trouble?: boolean;
}

/** Counts is a row of such numbers; pressed again, one lets its filter go. */
export function Counts({ list, label, counts }: { list: ListParams; label: string; counts: Counted[] }) {
  return (
    <fieldset className="flex min-w-0 flex-wrap gap-1.5 border-b px-3 py-2 max-md:flex-nowrap max-md:overflow-x-auto">
      <legend className="sr-only">{label}</legend>
      {counts.map((c) => {
        const on = list.get(c.name) === c.value;
        return (
          <button
            key={`${c.name}=${c.value}`}
            type="button"
            aria-pressed={on}
            onClick={() => list.set({ [c.name]: on ? undefined : c.value })}
            className={cn(
              "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-full border px-2.5 text-[13px] whitespace-nowrap text-soft hover:border-primary max-md:h-10",
              on && "border-primary bg-primary-soft text-primary",
            )}
          >
            {c.label}
            {c.count !== undefined && (
              <span
                className={cn(
                  "font-semibold text-ink tabular-nums",
                  on && "text-primary",
                  c.trouble && c.count > 0 && "text-bad",
                )}
              >
                {c.count}
              </span>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}
