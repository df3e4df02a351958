import { Minus, TrendingDown, TrendingUp } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";

/** Tile is one figure; it opens the list behind it. A figure that needs somebody stands out by its mark, not by colour alone. */
export function Tile({
  name,
  value,
  to,
  note,
  mark,
}: {
  name: string;
  value: ReactNode;
  to: string;
  note?: ReactNode;
  mark?: ReactNode;
}) {
  return (
    <Link
      to={to}
      className={cn(
        "group flex min-w-0 flex-col rounded-card border bg-surface px-4 py-3 hover:border-primary",
        Boolean(mark) && "border-l-4 border-l-warn",
      )}
    >
      <span className="flex items-center gap-1.5 text-[13px] text-soft group-hover:text-primary">
        {mark}
        {name}
      </span>
      <span className="text-2xl leading-8 font-semibold whitespace-nowrap tabular-nums max-sm:text-xl max-sm:leading-8">
        {value}
      </span>
      {note && <span className="text-xs leading-[18px] text-faint">{note}</span>}
    </Link>
  );
}

/** Change compares a figure with the one of the same range a week before. More is not always better, so it takes no side by colour. */
export function Change({ now, before, tell }: { now: number; before: number; tell: (value: number) => string }) {
  const { t } = useText();
  const change = now - before;
  const same = tell(Math.abs(change)) === tell(0);
  const Icon = same ? Minus : change > 0 ? TrendingUp : TrendingDown;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-1">
      <Icon className="size-3.5 shrink-0" aria-hidden />
      {same ? t("overview.same") : t(change > 0 ? "overview.up" : "overview.down", { value: tell(Math.abs(change)) })}
      <span>· {t("overview.before", { value: tell(before) })}</span>
    </span>
  );
}
