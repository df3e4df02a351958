import type { AnalyticsPoint, Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { useText } from "@/i18n";
import type { Series } from "./chart-card";
import { type By, headings } from "./filter";
import type { Chart } from "./panels";

/** PanelTable is a chart's figures as a table: the same values, all of them. */
export function PanelTable({
  chart,
  by,
  series,
  onOpen,
}: {
  chart: Chart;
  by: By;
  series: ReadonlyMap<Metric, Series>;
  onOpen: (panel: string, key: string) => void;
}) {
  const { t, lang } = useText();
  const titles = new Map<string, string>();
  for (const panel of chart.panels)
    for (const point of series.get(panel.metric)?.data?.points ?? [])
      titles.set(point.key, point.title || point.key || t("analytics.nobody"));
  const found = chart.panels.map((panel) => {
    const data = series.get(panel.metric)?.data;
    return { panel, total: data?.total, points: new Map(data?.points.map((p) => [p.key, p])) };
  });
  const cell = ({ panel }: (typeof found)[number], point: AnalyticsPoint | undefined, key: string, row: string) => {
    const value = point && panel.value(point);
    const told = value === undefined ? "—" : panel.tell(value, lang);
    return (
      <td key={panel.key} className="border-b px-3 py-1.5 text-right">
        {row === "" || value === undefined ? (
          told
        ) : (
          <button
            type="button"
            className="text-primary hover:underline"
            aria-label={t("analytics.open", { name: t(`analytics.${panel.text}`), title: row, value: told })}
            onClick={() => onOpen(panel.key, key)}
          >
            {told}
          </button>
        )}
      </td>
    );
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section tabIndex={0} aria-label={t(`analytics.${chart.text}`)} className="max-h-[32rem] overflow-auto">
      <table className="w-full border-collapse text-[13px] leading-5">
        <thead>
          <tr className="text-xs text-faint">
            <th scope="col" className="sticky left-0 border-b bg-surface px-3 py-2 text-left font-medium">
              {t(headings[by])}
            </th>
            {chart.panels.map((panel) => (
              <th key={panel.key} scope="col" className="border-b px-3 py-2 text-right font-medium">
                {t(`analytics.${panel.text}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...titles].map(([key, title]) => (
            <tr key={key}>
              <th scope="row" className="sticky left-0 border-b bg-surface px-3 py-1.5 text-left font-normal">
                {title}
              </th>
              {found.map((f) => cell(f, f.points.get(key), key, key === "" ? "" : title))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="font-semibold">
            <th scope="row" className="sticky left-0 border-b bg-surface px-3 py-1.5 text-left">
              {t("analytics.total")}
            </th>
            {found.map((f) => cell(f, f.total, "", t("analytics.total")))}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
