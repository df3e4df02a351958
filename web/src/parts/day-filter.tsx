import { cn } from "@/ui/cn";
import type { ListParams } from "./list";

/** DayFilter filters a list by a day. */
export function DayFilter({ list, name, label }: { list: ListParams; name: string; label: string }) {
  const value = list.get(name);
  return (
    <label className="flex items-center gap-1 text-[13px] text-soft">
      {label}
      <input
        type="date"
        value={value}
        onChange={(e) => list.set({ [name]: e.target.value || undefined })}
        className={cn(
          "h-8 rounded-control border border-control/60 bg-surface px-2 text-ink max-md:h-10",
          value && "border-primary text-primary",
        )}
      />
    </label>
  );
}
