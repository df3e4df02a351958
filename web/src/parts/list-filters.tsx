import { X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import type { ListParams } from "./list-params";
import { OrderChoice, type Sort } from "./order";

const Tools = lazy(() => import("./list-tools"));

/** Filters is the row above a list. With the list's look and columns it has the reader's views, columns and row height at its end. */
export function Filters({
  list,
  look,
  columns,
  children,
}: {
  list: ListParams;
  look?: string;
  columns?: { key: string; head: ReactNode; sort?: Sort }[];
  children: ReactNode;
}) {
  const { t } = useText();
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2 max-md:flex-nowrap max-md:overflow-x-auto max-md:[&>*]:shrink-0">
      {children}
      {columns && <OrderChoice list={list} columns={columns} />}
      {list.filtered && (
        <Button tone="quiet" size="small" onClick={list.clear}>
          <X /> {t("list.clear")}
        </Button>
      )}
      {look && columns && (
        <Suspense fallback={null}>
          <Tools look={look} columns={columns} />
        </Suspense>
      )}
    </div>
  );
}

/** Choice filters by one of a few values. */
export function Choice({
  list,
  name,
  label,
  choices,
}: {
  list: ListParams;
  name: string;
  label: string;
  choices: { value: string | number; label: string }[];
}) {
  const value = list.get(name);
  const words = choices.find((choice) => String(choice.value) === value)?.label;
  useEffect(() => {
    if (words !== undefined) list.tell(name, `${label}: ${words}`);
  });
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(e) => list.set({ [name]: e.target.value || undefined })}
      className={cn(
        "h-8 max-w-48 rounded-control border border-control/60 bg-surface px-2 max-md:h-10",
        value && "border-primary text-primary",
      )}
    >
      <option value="">{label}</option>
      {choices.map((choice) => (
        <option key={choice.value} value={String(choice.value)}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}
