import type { Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import type { Series } from "./chart-card";
import type { Chart, Panel } from "./panels";

/** Words are what the file says in the reader's language. */
export interface Words {
  /** Heading of what there is one row for. */
  by: string;
  nobody: string;
  total: string;
  panel: (panel: Panel) => string;
}

/**
 * figuresFile writes the figures of a chart as they stand on screen, all rows and the total, as a CSV that spreadsheets open: UTF-8 with a
 * byte order mark, times in seconds, shares of 1. What has no value is an empty cell.
 */
export function figuresFile(chart: Chart, series: ReadonlyMap<Metric, Series>, words: Words): string {
  const titles = new Map<string, string>();
  const found = chart.panels.map((panel) => {
    const data = series.get(panel.metric)?.data;
    for (const point of data?.points ?? []) titles.set(point.key, point.title || point.key || words.nobody);
    return { panel, total: data?.total, points: new Map(data?.points.map((p) => [p.key, p])) };
  });
  const rows = [[words.by, ...chart.panels.map(words.panel)]];
  for (const [key, title] of titles)
    rows.push([
      title,
      ...found.map(({ panel, points }) => {
        const point = points.get(key);
        return told(point && panel.value(point));
      }),
    ]);
  rows.push([words.total, ...found.map(({ panel, total }) => told(total && panel.value(total)))]);
  return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

const told = (value: number | undefined) => (value === undefined ? "" : String(Math.round(value * 1e6) / 1e6));

// A name that begins as a formula does must not become one in a spreadsheet.
function cell(text: string): string {
  const plain = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
