import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AlertOrder } from "@gen/flowdesk/v1/list_counts_pb";
import { type Alert, AlertState, AlertStateSchema } from "@gen/flowdesk/v1/resource_alert_pb";
import { type AlertCategory, AlertCategorySchema, AlertLevel, AlertLevelSchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { BellOff, Monitor } from "lucide-react";
import { Link } from "react-router";
import { enumChoices, enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { Bulk } from "@/parts/bulk";
import { Counts } from "@/parts/counts";
import { useFresh } from "@/parts/fresh";
import { useSometimes } from "@/parts/hear";
import { GroupLink } from "@/parts/links";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { useChosen } from "@/parts/many";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { AlertStateChip, Level } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { AlertMenu } from "./actions";
import { useAlertBulk } from "./bulk";
import { useAlertKeys } from "./keys";
import { AlertPanel } from "./panel";

const byTime: Sort = { down: AlertOrder.NEWEST, up: AlertOrder.OLDEST, plain: "down" };
const byLevel: Sort = { down: AlertOrder.GRAVEST };

const silenced = (a: Alert) => a.silencedUntil !== undefined && timestampDate(a.silencedUntil).getTime() > Date.now();

export default function Alerts() {
  const { t, lang } = useText();
  const list = useListParams();
  const titles = useTitles();
  const state = list.get("state");
  const level = Number(list.get("level")) as AlertLevel;
  const category = Number(list.get("category")) as AlertCategory;
  const gravest = state === "all" || Number(state) === AlertState.RESOLVED ? undefined : byLevel;
  const filters = {
    states: state === "all" ? [] : state ? [Number(state)] : [AlertState.OPEN, AlertState.ACKNOWLEDGED],
    levels: level ? [level] : [],
    ...(list.get("silenced") ? { silenced: list.get("silenced") === "1" } : {}),
    categories: category ? [category] : [],
    session: list.get("group"),
    order: orderOf(list, [byTime, gravest]) as AlertOrder,
  };
  const { data, error, refetch } = useQuery(
    AlertService.method.listAlerts,
    { ...filters, pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.alerts,
    (a) => a.name,
    refetch,
  );
  const chosen = useChosen(
    fresh.rows,
    (a) => a.id,
    JSON.stringify([state, level, category, filters.session, filters.silenced]),
  );
  const actions = useAlertBulk();
  const keys = useAlertKeys();
  const counted = useQuery(AlertService.method.countAlerts, {}, { placeholderData: keepPreviousData });
  const count = useSometimes(counted.refetch, 2_000);
  useWatch(
    (resumeToken, signal) => client(AlertService).watchAlerts({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "alert") fresh.take(report.value);
      count();
    },
    refetch,
    "alerts",
  );
  const columns: Column<Alert>[] = [
    {
      key: "text",
      head: t("word.alert"),
      cell: (a) => <span className="line-clamp-2 max-w-96 min-w-40">{headline(a.text, lang)}</span>,
    },
    {
      key: "level",
      head: t("word.level"),
      cell: (a) => <Level level={a.level} />,
      ...(gravest ? { sort: gravest } : {}),
    },
    {
      key: "state",
      head: t("word.state"),
      cell: (a) => (
        <span className="inline-flex items-center gap-1.5">
          <AlertStateChip state={a.state} cancelled={a.autoCancelled} />
          {silenced(a) && <BellOff className="size-4 text-faint" aria-label={t("alerts.silenced")} />}
        </span>
      ),
    },
    { key: "category", head: t("word.category"), cell: (a) => enumLabel(AlertCategorySchema, a.category, lang) },
    {
      key: "group",
      head: t("word.group"),
      cell: (a) => <GroupLink session={a.session}>{titles.group(a.session)}</GroupLink>,
    },
    { key: "who", head: t("alerts.about"), cell: (a) => a.participantName || "—" },
    { key: "count", head: t("word.count"), cell: (a) => a.count },
    { key: "assignee", head: t("word.assignee"), cell: (a) => (a.assignee ? titles.person(a.assignee) : "—") },
    { key: "raised", head: t("alerts.raised"), cell: (a) => <Time at={a.createTime} ago />, sort: byTime },
    { key: "time", head: t("word.updated"), cell: (a) => <Time at={a.updateTime} ago /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (a) => <AlertMenu alert={a} />,
      className: "w-10",
    },
  ];
  return (
    <Page
      title={t("nav.alerts")}
      intro={t("alerts.intro")}
      actions={
        <Button tone="plain" onClick={() => window.open("/wall", "_blank")}>
          <Monitor /> {t("nav.wall")}
        </Button>
      }
    >
      <Card flush>
        <Counts
          list={list}
          label={t("list.counts")}
          counts={[
            ...(counted.data?.levels ?? []).map((c) => ({
              name: "level",
              value: String(c.level),
              label: enumLabel(AlertLevelSchema, c.level, lang),
              count: Number(c.count),
              trouble: c.level === AlertLevel.CRITICAL,
            })),
            ...(counted.data?.states ?? []).map((c) => ({
              name: "state",
              value: String(c.state),
              label: enumLabel(AlertStateSchema, c.state, lang),
              count: Number(c.count),
            })),
            {
              name: "silenced",
              value: "1",
              label: t("alerts.silenced"),
              count: counted.data && Number(counted.data.silenced),
            },
          ]}
        />
        <Filters list={list} look="alerts" columns={columns}>
          <Choice
            list={list}
            name="state"
            label={t("alerts.notResolved")}
            choices={[...enumChoices(AlertStateSchema, lang), { value: "all", label: t("word.all") }]}
          />
          <Choice list={list} name="level" label={t("word.level")} choices={enumChoices(AlertLevelSchema, lang)} />
          <Choice
            list={list}
            name="category"
            label={t("word.category")}
            choices={enumChoices(AlertCategorySchema, lang)}
          />
          <Choice
            list={list}
            name="group"
            label={t("word.group")}
            choices={titles.groups.map((g) => ({ value: `sessions/${g.id}`, label: g.title }))}
          />
        </Filters>
        <Bulk
          chosen={chosen}
          actions={actions}
          rowKey={(a) => a.id}
          title={(a) => headline(a.text, lang)}
          all={{ case: "alerts", value: filters }}
        />
        <List
          chosen={chosen}
          label={t("nav.alerts")}
          list={list}
          look="alerts"
          columns={columns}
          rows={fresh.rows}
          rowKey={(a) => a.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          onOpen={(a) => list.set({ open: a.id })}
          openKey={list.get("open")}
          fresh={fresh}
          dim={silenced}
          keys={keys}
          empty={{
            title: t("alerts.empty"),
            hint: t("alerts.emptyHint"),
            action: <Link to="/alerts?state=all">{t("alerts.showAll")}</Link>,
          }}
        />
      </Card>
      <AlertPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
    </Page>
  );
}
