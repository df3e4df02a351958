import { ArrowUp, ChevronLeft, ChevronRight, X } from "lucide-react";
import type { KeyboardEvent, MouseEvent, ReactNode } from "react";
import { useHref, useLocation } from "react-router";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import type { ListParams } from "./list-params";
import { useLook } from "./look";
import type { Chosen } from "./many";
import { ariaSort, type Sort, SortHead } from "./order";
import { Empty, Failure, Skeleton } from "./states";

export { Choice, Filters } from "./list-filters";
export { type ListParams, notFilters, useListParams } from "./list-params";

/** Column is one column of a list. */
export interface Column<Row> {
  key: string;
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  className?: string;
  /** Orders of the server that this column stands for; its head turns them on and off. */
  sort?: Sort;
}

interface ListProps<Row> {
  list: ListParams;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row) => string;
  nextToken: string | undefined;
  error: unknown;
  onRetry: () => void;
  onOpen?: (row: Row) => void;
  openKey?: string | undefined;
  /** Address of a row that opens a screen of its own; by default it opens beside the list. */
  to?: (row: Row) => string;
  /** Name under which the reader's columns and row height are kept. */
  look?: string;
  label: string;
  empty: { title: string; hint?: ReactNode; action?: ReactNode };
  fresh?: { count: number; onShow: () => void };
  dim?: (row: Row) => boolean;
  /** What a key does with the row that has the focus, such as a for acknowledge. J and K go down and up in every list. */
  keys?: Record<string, (row: Row) => void>;
  /** Rows that the reader marks, to act on many. */
  chosen?: Chosen<Row> | undefined;
}

/** List is a table that the server filters, sorts and pages. It has all five states: loading, rows, empty, filtered empty, failed. */
export function List<Row>({
  list,
  columns,
  rows,
  rowKey,
  nextToken,
  error,
  onRetry,
  onOpen,
  openKey,
  to,
  look = "",
  label,
  empty,
  fresh,
  dim,
  keys,
  chosen,
}: ListProps<Row>) {
  const { t } = useText();
  const { hidden, dense } = useLook(look);
  const { pathname, search } = useLocation();
  const base = useHref("/");
  const shown = columns.filter((column, i) => i === 0 || !hidden.includes(column.key));
  const address = (row: Row) => {
    if (to) return base.replace(/\/$/, "") + to(row);
    const beside = new URLSearchParams(search);
    beside.set("open", rowKey(row));
    return `${base.replace(/\/$/, "")}${pathname}?${beside}`;
  };
  const open = (e: MouseEvent, row: Row) => {
    if (!onOpen) return;
    e.preventDefault();
    // Held down, the key asks for a page of its own, as it does of any link.
    if (e.ctrlKey || e.metaKey) window.open(address(row), "_blank", "noopener");
    else onOpen(row);
  };
  if (error && !rows) return <Failure error={error} onRetry={onRetry} />;
  if (!rows) return <Skeleton />;
  return (
    <div>
      {Boolean(error) && <Failure error={error} onRetry={onRetry} />}
      {fresh && fresh.count > 0 && (
        <button
          type="button"
          onClick={fresh.onShow}
          className="flex w-full items-center justify-center gap-1 border-b bg-primary-soft py-1.5 text-primary"
        >
          <ArrowUp className="size-4" /> {t("list.fresh", { count: fresh.count })}
        </button>
      )}
      {rows.length === 0 ? (
        list.filtered || list.page ? (
          <NoMatch list={list} />
        ) : (
          <Empty {...empty} />
        )
      ) : (
        <section
          className="relative overflow-x-auto rounded-b-card"
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onKeyDown={(e) => byKey(e, rows, keys)}
        >
          <table className="w-full border-collapse text-[13px] leading-5 max-md:block">
            <thead className="max-md:sr-only">
              <tr className="text-left text-xs text-faint">
                {chosen && (
                  <th scope="col" className="w-9 border-b py-2 pl-3">
                    <Mark label={t("bulk.page")} rows={rows} chosen={chosen} />
                  </th>
                )}
                {shown.map((column, i) => (
                  <th
                    key={column.key}
                    scope="col"
                    aria-sort={column.sort && ariaSort(column.sort, list)}
                    className={cn(
                      "border-b px-3 py-2 font-medium whitespace-nowrap",
                      i === 0 && "sticky left-0 bg-surface",
                      column.className ?? "min-w-20",
                    )}
                  >
                    {column.sort ? (
                      <SortHead sort={column.sort} list={list}>
                        {column.head}
                      </SortHead>
                    ) : (
                      column.head
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="max-md:block">
              {rows.map((row) => {
                const key = rowKey(row);
                return (
                  <tr
                    key={key}
                    className={cn(
                      "group relative border-b last:border-0 hover:bg-sunken",
                      // On a phone a row is a card: its name, and below it the rest side by side.
                      "max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-3 max-md:gap-y-1 max-md:px-3 max-md:py-2.5",
                      key === openKey && "bg-primary-soft",
                      dim?.(row) && "bg-sunken",
                      onOpen && "cursor-pointer",
                    )}
                    onClick={(e) => outside(e) && open(e, row)}
                  >
                    {chosen && (
                      <td className="w-9 pl-3 align-middle max-md:hidden">
                        <input
                          type="checkbox"
                          className="size-4 align-middle accent-primary"
                          aria-label={t("bulk.mark")}
                          checked={chosen.has(row)}
                          onChange={() => chosen.toggle(row)}
                        />
                      </td>
                    )}
                    {shown.map((column, i) => {
                      const cell = column.cell(row);
                      return (
                        <td
                          key={column.key}
                          className={cn(
                            // A card has no room for what is not there.
                            i > 0 && cell === "—" && "max-md:hidden",
                            "px-3 align-middle wrap-break-word [&>*]:align-middle max-md:h-auto max-md:w-auto max-md:min-w-0 max-md:p-0 max-md:text-left",
                            dense ? "h-[34px] py-0.5" : "h-11 py-1.5",
                            i === 0 &&
                              "sticky left-0 bg-surface group-hover:bg-sunken max-md:static max-md:w-full max-md:pr-8",
                            i === 0 && dim?.(row) && "bg-sunken",
                            key === openKey && i === 0 && "bg-primary-soft",
                            // Chinese may break anywhere: without a width, a narrow column shows a character a line.
                            column.className ?? "min-w-20",
                            column.key === "do" && "max-md:absolute max-md:top-1 max-md:right-1",
                          )}
                        >
                          {i === 0 && onOpen ? (
                            <a
                              href={address(row)}
                              className="inline-block text-left font-medium text-ink hover:text-primary hover:underline"
                              onClick={(e) => open(e, row)}
                            >
                              {cell}
                            </a>
                          ) : (
                            <>
                              {i > 0 && column.key !== "do" && (
                                <span aria-hidden className="mr-1 text-xs text-faint md:hidden">
                                  {column.head}
                                </span>
                              )}
                              {cell}
                            </>
                          )}
                        </td>
                      );
                    })}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      {(list.page || nextToken) && (
        <nav aria-label={t("list.pages")} className="flex items-center justify-end gap-2 border-t px-3 py-2">
          <Button size="small" disabled={!list.page} onClick={list.back}>
            <ChevronLeft /> {t("list.previous")}
          </Button>
          <Button size="small" disabled={!nextToken} onClick={() => nextToken && list.next(nextToken)}>
            {t("list.next")} <ChevronRight />
          </Button>
        </nav>
      )}
    </div>
  );
}

/** NoMatch says which filters hide everything, and takes each of them, or all, away. */
export function NoMatch({ list }: { list: ListParams }) {
  const { t } = useText();
  const filters = list.filters();
  return (
    <Empty
      title={t("list.noMatch")}
      hint={t(filters.length > 0 ? "list.noMatchHint" : "list.noPage")}
      action={
        <div className="flex flex-wrap items-center justify-center gap-2">
          {filters.length > 1 &&
            filters.map(({ key, words }) => (
              <Button
                key={key}
                size="small"
                aria-label={t("list.without", { filter: words })}
                onClick={() => list.set({ [key]: undefined })}
              >
                {words} <X />
              </Button>
            ))}
          <Button onClick={list.clear}>
            {filters.length === 1 ? t("list.without", { filter: filters[0]?.words ?? "" }) : t("list.clear")}
          </Button>
        </div>
      }
    />
  );
}

function Mark<Row>({ label, rows, chosen }: { label: string; rows: Row[]; chosen: Chosen<Row> }) {
  const marked = rows.filter(chosen.has).length;
  const every = marked === rows.length;
  return (
    <input
      type="checkbox"
      className="size-4 align-middle accent-primary"
      aria-label={label}
      checked={every}
      ref={(box) => {
        if (box) box.indeterminate = marked > 0 && !every;
      }}
      onChange={() => chosen.take(every ? [] : rows)}
    />
  );
}

// Letters go from row to row and act on the row that has the focus; they are nobody's while somebody types.
function byKey<Row>(e: KeyboardEvent<HTMLElement>, rows: Row[], keys: Record<string, (row: Row) => void> | undefined) {
  const at = e.target as HTMLElement;
  if (e.ctrlKey || e.metaKey || e.altKey || e.nativeEvent.isComposing) return;
  if (
    !e.currentTarget.contains(at) ||
    at.closest("input:not([type=checkbox]),select,textarea,[role=menu],[role=dialog]")
  )
    return;
  const lines = [...e.currentTarget.querySelectorAll<HTMLElement>("tbody > tr")];
  const here = lines.findIndex((line) => line.contains(at));
  const pressed = e.key.toLowerCase();
  if (pressed === "j" || pressed === "k") {
    const next = lines[here < 0 ? 0 : here + (pressed === "j" ? 1 : -1)];
    (next?.querySelector<HTMLElement>("td a") ?? next?.querySelector<HTMLElement>("td button"))?.focus();
    e.preventDefault();
    return;
  }
  const [row, act] = [rows[here], keys?.[pressed]];
  if (!row || !act) return;
  e.preventDefault();
  act(row);
}

// A click on a control in a row is that control's own.
function outside(e: MouseEvent): boolean {
  return !(e.target as HTMLElement).closest("button,a,input,select,[role=menuitem],[role=dialog]");
}
