import { useText } from "@/i18n";
import { Input, Select } from "@/ui/field";
import type { ListParams } from "./list";
import { addDays, dayOf, keepRange, maxDays, type Range, ranges } from "./range";

/** RangePicker chooses a range of days; the address keeps it. */
export function RangePicker({ list, range }: { list: ListParams; range: Range }) {
  const { t } = useText();
  const days = (from: string, to: string) => {
    if (from && to) list.set({ range: undefined, from, to: to < from ? from : to });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select
        aria-label={t("range.label")}
        value={range.name}
        onChange={(e) => {
          const name = ranges.find((r) => r === e.target.value);
          if (!name) return days(range.first, range.last);
          keepRange(name);
          list.set({ range: name, from: undefined, to: undefined });
        }}
      >
        {ranges.map((name) => (
          <option key={name} value={name}>
            {t(`range.${name}`)}
          </option>
        ))}
        <option value="days">{t("range.days")}</option>
      </Select>
      {range.name === "days" && (
        <>
          <Input
            type="date"
            aria-label={t("range.from")}
            className="w-36"
            value={range.first}
            max={range.last}
            min={addDays(range.last, 1 - maxDays)}
            onChange={(e) => days(e.target.value, range.last)}
          />
          <span aria-hidden>–</span>
          <Input
            type="date"
            aria-label={t("range.to")}
            className="w-36"
            value={range.last}
            max={dayOf(new Date())}
            onChange={(e) => days(range.first, e.target.value)}
          />
        </>
      )}
    </div>
  );
}

/** DaysTag says to which days a list is limited. */
export function DaysTag({ list }: { list: ListParams }) {
  const { t } = useText();
  const [from, to] = [list.get("from"), list.get("to")];
  if (!from || !to) return null;
  return (
    <span className="rounded-control border border-primary px-2 leading-[30px] text-primary">
      {from === to ? from : t("range.span", { from, to })}
    </span>
  );
}
