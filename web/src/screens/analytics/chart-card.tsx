import type { QuerySeriesResponse } from "@gen/flowdesk/v1/analytics_service_pb";
import type { AnalyticsPoint, Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { ChartColumn, Download, Table2 } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { type Bar, Columns, Rows } from "@/parts/bars";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Menu } from "@/ui/menu";
import { figuresFile } from "./figures-file";
import { type By, exportPath, type Filter, headings, sources } from "./filter";
import { PanelTable } from "./panel-table";
import type { Chart, Panel } from "./panels";

/** Series is what a query of one metric gave so far. */
export interface Series {
  data: QuerySeriesResponse | undefined;
  error: unknown;
  refetch: () => unknown;
}

// Groups and people beyond these stand in the table.
const shown = 8;

/** ChartCard is one chart: its panels as bars, or the same figures as a table, and the files of its rows. */
export function ChartCard({
  chart,
  by,
  filter,
  series,
  onOpen,
}: {
  chart: Chart;
  by: By;
  filter: Filter;
  series: ReadonlyMap<Metric, Series>;
  onOpen: (panel: string, key: string) => void;
}) {
  const { t, lang } = useText();
  const [table, setTable] = useState(false);
  const own = chart.panels.map((panel) => series.get(panel.metric));
  const failed = own.find((s) => s?.error && !s.data);
  const ready = own.every((s) => s?.data);
  const nothing = ready && own.every((s) => s?.data?.total?.count === 0n && s.data.total.complaints === 0n);
  const name = t(`analytics.${chart.text}`);
  const figures = () =>
    URL.createObjectURL(
      new Blob(
        [
          figuresFile(chart, series, {
            by: t(headings[by]),
            nobody: t("analytics.nobody"),
            total: t("analytics.total"),
            panel: (panel) => t(`analytics.${panel.text}`),
          }),
        ],
        { type: "text/csv;charset=utf-8" },
      ),
    );
  return (
    <Card
      title={name}
      actions={
        <div className="flex flex-wrap justify-end gap-1">
          <Button
            tone="quiet"
            size="small"
            aria-pressed={table}
            aria-label={`${name}: ${t(table ? "analytics.chart" : "analytics.table")}`}
            onClick={() => setTable(!table)}
          >
            {table ? <ChartColumn /> : <Table2 />} {t(table ? "analytics.chart" : "analytics.table")}
          </Button>
          <Menu
            trigger={
              <Button tone="quiet" size="small" aria-label={t("analytics.exportOf", { name })} disabled={!ready}>
                <Download /> CSV
              </Button>
            }
            items={[
              { label: t("analytics.exportFigures"), onSelect: () => save(figures(), `${chart.key}-${by}.csv`) },
              ...sources(chart.panels).map((panel) => ({
                label: t("analytics.exportRows", { name: t(`analytics.${panel.text}`) }),
                onSelect: () => save(exportPath(panel, filter, lang === "en")),
              })),
            ]}
          />
        </div>
      }
    >
      {failed ? (
        <Failure error={failed.error} onRetry={failed.refetch} />
      ) : !ready ? (
        <Skeleton />
      ) : nothing ? (
        <Empty title={t("analytics.empty")} hint={t("analytics.emptyHint")} />
      ) : table ? (
        <PanelTable chart={chart} by={by} series={series} onOpen={onOpen} />
      ) : (
        <div className="flex flex-col gap-5">
          {chart.panels.map((panel) => (
            <PanelChart
              key={panel.key}
              panel={panel}
              by={by}
              data={series.get(panel.metric)?.data}
              onOpen={(key) => onOpen(panel.key, key)}
            />
          ))}
        </div>
      )}
    </Card>
  );
}

// The server names the files that it gives itself.
function save(address: string, name = "") {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  if (address.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function PanelChart({
  panel,
  by,
  data,
  onOpen,
}: {
  panel: Panel;
  by: By;
  data: QuerySeriesResponse | undefined;
  onOpen: (key: string) => void;
}) {
  const { t, lang } = useText();
  if (!data) return null;
  const name = t(`analytics.${panel.text}`);
  const tell = (point: AnalyticsPoint) => {
    const value = panel.value(point);
    return value === undefined ? "—" : panel.tell(value, lang);
  };
  const points = by === "day" ? data.points : data.points.filter((p) => p.key !== "").slice(0, shown);
  const bars: Bar[] = points.map((point) => {
    const title = by === "day" ? point.key.slice(5) : point.title || point.key;
    const told = tell(point);
    const value = panel.value(point);
    // A reader hears what stands above the column, so that both speak of the same thing.
    const brief = by === "day" && panel.brief && value !== undefined ? panel.brief(value, lang) : undefined;
    return {
      key: point.key,
      name: title,
      value,
      told,
      ...(brief ? { brief } : {}),
      label: t("analytics.open", { name, title, value: brief ?? told }),
    };
  });
  const left = data.points.length - points.length;
  return (
    <section aria-label={name}>
      <h3 className="flex flex-wrap items-baseline justify-between gap-x-3 pb-1">
        <span className="text-[13px] text-soft">
          {name}
          {panel.hint && <span className="text-xs text-faint"> · {t(`analytics.${panel.hint}`)}</span>}
        </span>
        {data.total && (
          <button
            type="button"
            className="text-base font-semibold tabular-nums hover:text-primary hover:underline"
            aria-label={t("analytics.open", { name, title: t("analytics.total"), value: tell(data.total) })}
            onClick={() => onOpen("")}
          >
            {tell(data.total)}
          </button>
        )}
      </h3>
      {by === "day" ? (
        <Columns label={name} bars={bars} onOpen={onOpen} />
      ) : (
        <Rows label={name} bars={bars} onOpen={onOpen} />
      )}
      {by !== "day" && left > 0 && <p className="text-xs text-faint">{t("analytics.more", { count: left })}</p>}
    </section>
  );
}
