import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { AnalyticsService } from "@gen/flowdesk/v1/analytics_service_pb";
import { AnalyticsGrouping, Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { addDays, type Range, startOf } from "@/parts/range";
import { type Panel, source } from "./panels";

/** Filter is what all charts are limited to. Its end is a midnight, so that pages and files of the same range stay the same. */
export interface Filter {
  since: Timestamp;
  until: Timestamp;
  session: string;
  person: string;
}

/** groupings are the choices of what there is one bar for. */
export const groupings = {
  day: AnalyticsGrouping.DAY,
  group: AnalyticsGrouping.GROUP,
  person: AnalyticsGrouping.PERSON,
} as const;
export type By = keyof typeof groupings;

/** headings name what there is one row for. */
export const headings = { day: "word.time", group: "word.group", person: "word.person" } as const;

/** filterOf limits to whole days. */
export function filterOf(range: Range, session: string, person: string): Filter {
  return { since: range.since, until: timestampFromDate(startOf(addDays(range.last, 1))), session, person };
}

/** behind limits a filter to what one bar stands for. */
export function behind(filter: Filter, by: By, key: string): Filter {
  if (!key) return filter;
  switch (by) {
    case "day":
      return {
        ...filter,
        since: timestampFromDate(startOf(key)),
        until: timestampFromDate(startOf(addDays(key, 1))),
      };
    case "group":
      return { ...filter, session: key };
    case "person":
      return { ...filter, person: key };
  }
}

/** useSeries reads one metric's series. */
export function useSeries(metric: Metric, by: By, filter: Filter) {
  return useQuery(
    AnalyticsService.method.querySeries,
    { metric, grouping: groupings[by], ...filter },
    { placeholderData: keepPreviousData },
  );
}

/** exportPath is the address of the file with the rows of a panel. */
export function exportPath(panel: Panel, filter: Filter, english: boolean): string {
  const query = new URLSearchParams({
    metric: `METRIC_${Metric[panel.metric]}`,
    since: timestampDate(filter.since).toISOString(),
    until: timestampDate(filter.until).toISOString(),
  });
  if (filter.session) query.set("session", filter.session);
  if (filter.person) query.set("person", filter.person);
  if (english) query.set("english", "true");
  if (panel.complaints) query.set("complaints", "true");
  return `/v1/analytics/measurements:export?${query}`;
}

/** sources are the first panels of each kind of rows: each has a file. */
export function sources(panels: Panel[]): Panel[] {
  return panels.filter((panel, i) => panels.findIndex((p) => source(p) === source(panel)) === i);
}
