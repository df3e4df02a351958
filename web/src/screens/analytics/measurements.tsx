import { useQuery } from "@connectrpc/connect-query";
import { AnalyticsService } from "@gen/flowdesk/v1/analytics_service_pb";
import { AlertState, AlertStateSchema } from "@gen/flowdesk/v1/resource_alert_pb";
import { type Measurement, Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import { TaskState, TaskStateSchema } from "@gen/flowdesk/v1/resource_task_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { type Language, useText } from "@/i18n";
import { CommandLink, GroupLink, WhyLink } from "@/parts/links";
import { type Column, List, type ListParams } from "@/parts/list";
import { span, Time } from "@/parts/time";
import { Dialog } from "@/ui/dialog";
import { exportPath, type Filter } from "./filter";
import type { Panel } from "./panels";

/** Measurements are the rows behind a figure, beside the charts, with the file that holds exactly them. */
export function Measurements({
  panel,
  filter,
  title,
  list,
  onClose,
}: {
  panel: Panel;
  filter: Filter;
  title: string;
  list: ListParams;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const { data, error, refetch } = useQuery(
    AnalyticsService.method.listMeasurements,
    {
      metric: panel.metric,
      complaints: panel.complaints ?? false,
      pageSize: 50,
      pageToken: list.page,
      ...filter,
    },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Measurement>[] = [
    { key: "time", head: t("word.time"), cell: (m) => <Time at={m.time} /> },
    {
      key: "group",
      head: t("word.group"),
      cell: (m) => <GroupLink session={m.session}>{m.sessionTitle || m.session}</GroupLink>,
    },
    { key: "who", head: t("analytics.who"), cell: (m) => m.personTitle || m.person || "—" },
    ...(panel.complaints
      ? []
      : [
          {
            key: "value",
            head: t("analytics.value"),
            cell: (m: Measurement) => <span className="whitespace-nowrap">{told(m, lang, t)}</span>,
          },
        ]),
    {
      key: "what",
      head: t("analytics.what"),
      cell: (m) => <span className="line-clamp-2 min-w-32">{what(m, lang, t)}</span>,
    },
    {
      key: "links",
      head: t("analytics.links"),
      cell: (m) => (
        <span className="flex flex-wrap gap-x-2">
          <WhyLink message={m.message}>{t("word.message")}</WhyLink>
          <CommandLink command={m.command}>{t("word.command")}</CommandLink>
          {m.task && (
            <Link className="text-primary hover:underline" to={`/tasks?state=all&open=${encodeURIComponent(m.task)}`}>
              {t("word.task")}
            </Link>
          )}
          {m.alert && (
            <Link className="text-primary hover:underline" to={`/alerts?state=all&open=${encodeURIComponent(m.alert)}`}>
              {t("word.alert")}
            </Link>
          )}
        </span>
      ),
    },
  ];
  const name = t(`analytics.${panel.text}`);
  return (
    <Dialog
      sheet
      wide
      open
      onClose={onClose}
      title={t("analytics.rows", { name })}
      description={title}
      footer={
        <a
          href={exportPath(panel, filter, lang === "en")}
          download
          className="inline-flex h-8 items-center gap-1.5 rounded-control border px-3 font-medium hover:bg-sunken max-md:h-10"
        >
          <Download className="size-4" aria-hidden /> {t("analytics.export")}
        </a>
      }
    >
      <List
        label={name}
        list={list}
        columns={columns}
        rows={data?.measurements}
        rowKey={(m) => `${m.time?.seconds}.${m.time?.nanos}.${m.message}.${m.task}.${m.alert}.${m.person}`}
        nextToken={data?.nextPageToken}
        error={error}
        onRetry={refetch}
        empty={{ title: t("analytics.empty"), hint: t("analytics.emptyHint") }}
      />
    </Dialog>
  );
}

type T = ReturnType<typeof useText>["t"];

function told(m: Measurement, lang: Language, t: T): string {
  switch (m.metric) {
    case Metric.RESPONSE_TIME:
      return span(m.value * 1000, lang);
    case Metric.TASK_COMPLETION:
      return m.value > 0
        ? `${span(m.value * 1000, lang)}${m.met ? ` · ${t("analytics.met")}` : ""}`
        : t("analytics.stillOpen");
    case Metric.INTERVENTION:
      return t("analytics.cancelled", { count: m.value });
    default:
      return String(Math.round(m.value * 100));
  }
}

// What a row was comes as the server's own words: states by their names, and who replied.
function what(m: Measurement, lang: Language, t: T): string {
  const task = TaskState[m.detail.replace("TASK_STATE_", "") as keyof typeof TaskState];
  const alert = AlertState[m.detail.replace("ALERT_STATE_", "") as keyof typeof AlertState];
  const detail = m.detail.startsWith("TASK_STATE_")
    ? enumLabel(TaskStateSchema, task, lang)
    : m.detail.startsWith("ALERT_STATE_")
      ? enumLabel(AlertStateSchema, alert, lang)
      : m.detail === "robot"
        ? t("analytics.robotSaid")
        : m.detail === "staff"
          ? t("analytics.staffSaid")
          : m.detail;
  return [detail, m.text].filter(Boolean).join(" · ") || "—";
}
