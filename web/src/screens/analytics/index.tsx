import { Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { useMemo } from "react";
import { useText } from "@/i18n";
import { useHear } from "@/parts/hear";
import { useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { useRange } from "@/parts/range";
import { RangePicker } from "@/parts/range-picker";
import { useTitles } from "@/parts/titles";
import { Select } from "@/ui/field";
import { ChartCard } from "./chart-card";
import { type By, behind, filterOf, groupings, useSeries } from "./filter";
import { Measurements } from "./measurements";
import { charts, panelOf } from "./panels";

const choices = Object.keys(groupings) as By[];

export default function Analytics() {
  const { t } = useText();
  const list = useListParams();
  const titles = useTitles();
  const range = useRange(list, "week");
  const by = choices.find((choice) => choice === list.get("by")) ?? "day";
  const [group, person] = [list.get("group"), list.get("person")];
  const filter = useMemo(() => filterOf(range, group, person), [range, group, person]);
  const series = new Map([
    [Metric.RESPONSE_TIME, useSeries(Metric.RESPONSE_TIME, by, filter)],
    [Metric.INTERVENTION, useSeries(Metric.INTERVENTION, by, filter)],
    [Metric.CONFLICT, useSeries(Metric.CONFLICT, by, filter)],
    [Metric.TASK_COMPLETION, useSeries(Metric.TASK_COMPLETION, by, filter)],
    [Metric.SATISFACTION, useSeries(Metric.SATISFACTION, by, filter)],
  ]);
  // Days that are over do not change any more.
  useHear(() => range.until || [...series.values()].map(({ refetch }) => refetch()), 5_000, 0);
  // What stands open is a panel, and after a colon the bar whose rows are shown.
  const open = list.get("open");
  const colon = open.indexOf(":");
  const panel = panelOf(colon < 0 ? open : open.slice(0, colon));
  const key = colon < 0 ? "" : open.slice(colon + 1);
  const title =
    (panel && series.get(panel.metric)?.data?.points.find((p) => p.key === key)?.title) ||
    key ||
    (range.first === range.last ? range.first : t("range.span", { from: range.first, to: range.last }));
  return (
    <Page title={t("nav.analytics")} intro={t("analytics.intro")} actions={<RangePicker list={list} range={range} />}>
      <div className="flex flex-wrap items-center gap-2">
        <fieldset className="flex rounded-control border bg-surface p-0.5">
          <legend className="sr-only">{t("analytics.by")}</legend>
          {choices.map((choice) => (
            <button
              key={choice}
              type="button"
              aria-pressed={by === choice}
              onClick={() => list.set({ by: choice, open: undefined })}
              className="h-7 rounded-control px-3 text-soft hover:text-ink aria-pressed:bg-primary-soft aria-pressed:font-medium aria-pressed:text-primary max-md:h-9"
            >
              {t(`analytics.grouping.${choice}`)}
            </button>
          ))}
        </fieldset>
        <Select
          aria-label={t("word.group")}
          className="max-w-48"
          value={group}
          onChange={(e) => list.set({ group: e.target.value || undefined })}
        >
          <option value="">{t("analytics.group")}</option>
          {titles.groups.map((g) => (
            <option key={g.id} value={g.id}>
              {g.title}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t("word.person")}
          className="max-w-48"
          value={person}
          onChange={(e) => list.set({ person: e.target.value || undefined })}
        >
          <option value="">{t("analytics.person")}</option>
          {[...titles.people, ...titles.robots].map((p) => (
            <option key={p.name} value={p.id}>
              {p.title || p.id}
            </option>
          ))}
        </Select>
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {[charts.slice(0, 2), charts.slice(2)].map((half) => (
          <div key={half[0]?.key} className="flex min-w-0 flex-col gap-4">
            {half.map((chart) => (
              <ChartCard
                key={chart.key}
                chart={chart}
                by={by}
                filter={filter}
                series={series}
                onOpen={(name, at) => list.set({ open: at ? `${name}:${at}` : name, page: undefined })}
              />
            ))}
          </div>
        ))}
      </div>
      {panel && (
        <Measurements
          key={open}
          panel={panel}
          filter={behind(filter, by, key)}
          title={title}
          list={list}
          onClose={() => list.set({ open: undefined, page: undefined })}
        />
      )}
    </Page>
  );
}
