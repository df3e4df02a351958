import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import type { ListParams } from "./list-params";

/** Sort are the orders of the server that a column stands for, by their numbers. */
export interface Sort {
  /** Smallest, earliest or oldest first. */
  up?: number;
  /** Greatest, latest or newest first. */
  down?: number;
  /** The direction in which the list stands as long as nobody chose an order. */
  plain?: "up" | "down";
  /** The direction that the first press asks for: down, unless it is up, as with names. */
  first?: "up";
}

type Side = "up" | "down";

/** sideOf tells in which direction a column orders a list now. */
export function sideOf(sort: Sort, order: string): Side | undefined {
  if (order === "") return sort.plain;
  return order === String(sort.up) ? "up" : order === String(sort.down) ? "down" : undefined;
}

/** nextOrder is the order that a press on a column's head asks for: the other direction, or the column's first; and none where there is no other. */
export function nextOrder(sort: Sort, order: string): string | undefined {
  const side = sideOf(sort, order);
  const begin = sort.first === "up" ? sort.up : (sort.down ?? sort.up);
  const wanted = side === "down" ? sort.up : side === "up" ? sort.down : begin;
  const given = wanted === undefined ? "" : String(wanted);
  return given === order || given === "" ? undefined : given;
}

/** ariaSort is the same for those who hear the table. */
export function ariaSort(sort: Sort, list: ListParams): "ascending" | "descending" | "none" {
  const side = sideOf(sort, list.get("order"));
  return side === "up" ? "ascending" : side === "down" ? "descending" : "none";
}

/** orderOf is the order that the address asks for, among those that the server has; 0 leaves it to the server. */
export function orderOf(list: ListParams, sorts: (Sort | undefined)[]): number {
  const order = Number(list.get("order"));
  return sorts.some((sort) => sort?.up === order || sort?.down === order) ? order : 0;
}

/** SortHead is the head of a column that orders the list. */
export function SortHead({ sort, list, children }: { sort: Sort; list: ListParams; children: ReactNode }) {
  const side = sideOf(sort, list.get("order"));
  const Arrow = side === "up" ? ArrowUp : side === "down" ? ArrowDown : ArrowUpDown;
  return (
    <button
      type="button"
      className={cn(
        "-mx-1 inline-flex min-h-6 items-center gap-1 rounded px-1 font-medium hover:text-ink",
        side && "text-ink",
      )}
      onClick={() => list.set({ order: nextOrder(sort, list.get("order")) })}
    >
      {children} <Arrow className={cn("size-3.5", !side && "opacity-60")} aria-hidden />
    </button>
  );
}

/** OrderChoice orders a list on a phone, where rows are cards and have no heads. */
export function OrderChoice({
  list,
  columns,
}: {
  list: ListParams;
  columns: { key: string; head: ReactNode; sort?: Sort }[];
}) {
  const { t } = useText();
  const order = list.get("order");
  const sorted = columns.flatMap(({ key, head, sort }) =>
    sort && typeof head === "string" ? [{ key, head, sort }] : [],
  );
  if (sorted.length === 0) return null;
  return (
    <select
      aria-label={t("order.label")}
      value={order}
      onChange={(e) => list.set({ order: e.target.value || undefined })}
      className="h-10 max-w-48 rounded-control border border-control/60 bg-surface px-2 md:hidden"
    >
      <option value="">{t("order.label")}</option>
      {sorted.flatMap(({ key, head, sort }) =>
        (["down", "up"] as const).map(
          (side) =>
            sort[side] !== undefined && (
              <option key={`${key}-${side}`} value={sort[side]}>
                {t(`order.${side}`, { column: head })}
              </option>
            ),
        ),
      )}
    </select>
  );
}
