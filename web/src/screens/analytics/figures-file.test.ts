import { create } from "@bufbuild/protobuf";
import { QuerySeriesResponseSchema } from "@gen/flowdesk/v1/analytics_service_pb";
import { Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { expect, test } from "vitest";
import { figuresFile } from "./figures-file";
import { charts } from "./panels";

const words = { by: "群", nobody: "（无）", total: "合计", panel: (p: { key: string }) => p.key };
const chart = (key: string) => charts.find((c) => c.key === key) as (typeof charts)[number];
const seriesOf = (metric: Metric, init: Parameters<typeof create<typeof QuerySeriesResponseSchema>>[1]) =>
  new Map([[metric, { data: create(QuerySeriesResponseSchema, init), error: undefined, refetch: () => {} }]]);

test("the file has every row and the total, also those without a value", () => {
  const file = figuresFile(
    chart("completion"),
    seriesOf(Metric.TASK_COMPLETION, {
      points: [
        { key: "a", title: '华东 "一", 群', count: 3n, completed: 1n, met: 1n, median: 90 },
        { key: "b", title: "=1+1", count: 2n },
        { key: "", count: 1n },
      ],
      total: { count: 6n, completed: 1n, met: 1n, median: 90 },
    }),
    words,
  );
  expect(file).toBe(
    [
      "\uFEFF群,tasks,completed,met,duration",
      '"华东 ""一"", 群",3,0.333333,1,90',
      "'=1+1,2,0,,",
      "（无）,1,0,,",
      "合计,6,0.166667,1,90",
      "",
    ].join("\r\n"),
  );
});
