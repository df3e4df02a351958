import { useQuery } from "@connectrpc/connect-query";
import { ModelService, type ModelUsage } from "@gen/flowdesk/v1/model_service_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { DayFilter } from "@/parts/day-filter";
import { useHear } from "@/parts/hear";
import { type Column, Filters, List, useListParams } from "@/parts/list";
import { Tag } from "@/parts/status";
import { span } from "@/parts/time";
import { Card } from "@/ui/card";
import { whole, yuan } from "./figures";

const right = "text-right tabular-nums";

/** Usage lists what was used and paid, by day, model and use. */
export function Usage() {
  const { t, lang } = useText();
  const list = useListParams();
  const { data, error, refetch } = useQuery(
    ModelService.method.listModelUsage,
    { pageSize: 50, pageToken: list.page, firstDay: list.get("from"), lastDay: list.get("to") },
    { placeholderData: keepPreviousData, refetchInterval: useHear((): unknown => refetch(), 3_000, 60_000) },
  );
  const rows = data?.modelUsage;
  const total = (of: (u: ModelUsage) => bigint) => (rows ?? []).reduce((sum, u) => sum + of(u), 0n);
  const columns: Column<ModelUsage>[] = [
    { key: "day", head: t("models.day"), cell: (u) => <span className="whitespace-nowrap">{u.day}</span> },
    {
      key: "model",
      head: t("models.model"),
      cell: (u) => (
        <span className="inline-block min-w-32">
          {u.model} <span className="text-faint">{u.provider}</span>
        </span>
      ),
    },
    { key: "use", head: t("models.use"), cell: (u) => u.use },
    { key: "requests", head: t("models.requests"), cell: (u) => whole(u.requests, lang), className: right },
    {
      key: "failures",
      head: t("models.failures"),
      cell: (u) => (u.failures > 0n ? <span className="text-bad">{whole(u.failures, lang)}</span> : "0"),
      className: right,
    },
    { key: "input", head: t("models.input"), cell: (u) => whole(u.inputTokens, lang), className: right },
    { key: "output", head: t("models.output"), cell: (u) => whole(u.outputTokens, lang), className: right },
    {
      key: "cost",
      head: t("models.cost"),
      cell: (u) => (
        <span className="whitespace-nowrap">
          {u.estimated && <Tag>{t("models.estimated")}</Tag>} {yuan(u.costMicros, lang)}
        </span>
      ),
      className: right,
    },
    {
      key: "average",
      head: t("models.average"),
      cell: (u) => (u.requests > 0n ? span((u.seconds * 1000) / Number(u.requests), lang) : "—"),
      className: right,
    },
  ];
  return (
    <Card flush className="mt-4">
      <Filters list={list}>
        <DayFilter list={list} name="from" label={t("audit.from")} />
        <DayFilter list={list} name="to" label={t("audit.to")} />
      </Filters>
      <List
        label={t("models.usage")}
        list={list}
        columns={columns}
        rows={rows}
        rowKey={(u) => [u.day, u.provider, u.model, u.use].join(" ")}
        nextToken={data?.nextPageToken}
        error={error}
        onRetry={refetch}
        empty={{ title: t("models.noUsage"), hint: t("models.noUsageHint") }}
      />
      {rows && rows.length > 0 && (
        <p className="border-t px-3 py-2 text-soft">
          {t("models.sum", {
            requests: whole(
              total((u) => u.requests),
              lang,
            ),
            tokens: whole(
              total((u) => u.inputTokens + u.outputTokens),
              lang,
            ),
            cost: yuan(
              total((u) => u.costMicros),
              lang,
            ),
          })}
        </p>
      )}
    </Card>
  );
}
