import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { InstanceService } from "@gen/flowdesk/v1/instance_service_pb";
import { TimeOrder } from "@gen/flowdesk/v1/list_orders_pb";
import { type Instance, InstanceStatus, InstanceStatusSchema } from "@gen/flowdesk/v1/resource_instance_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useNavigate } from "react-router";
import { enumChoices, enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Bulk } from "@/parts/bulk";
import { Counts } from "@/parts/counts";
import { useFresh } from "@/parts/fresh";
import { useSometimes } from "@/parts/hear";
import { GroupLink } from "@/parts/links";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { useChosen } from "@/parts/many";
import { eachOnce, useNodeNames } from "@/parts/node-names";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { useDays } from "@/parts/range";
import { DaysTag } from "@/parts/range-picker";
import { InstanceState } from "@/parts/status";
import { span, Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { useInstanceBulk } from "./bulk";

const byTime: Sort = { down: TimeOrder.NEWEST, up: TimeOrder.OLDEST, plain: "down" };

export default function Instances() {
  const { t, lang } = useText();
  const list = useListParams();
  const titles = useTitles();
  const navigate = useNavigate();
  const flows = useQuery(FlowService.method.listFlows, { pageSize: 200 }).data?.flows ?? [];
  const status = Number(list.get("status")) as InstanceStatus;
  const days = useDays(list);
  const filters = {
    statuses: status ? [status] : [],
    flow: list.get("flow"),
    version: Number(list.get("version")),
    session: list.get("group"),
    ...days,
    order: orderOf(list, [byTime]) as TimeOrder,
  };
  const { data, error, refetch } = useQuery(
    InstanceService.method.listInstances,
    { ...filters, pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.instances,
    (i) => i.name,
    refetch,
  );
  const chosen = useChosen(
    fresh.rows,
    (i) => i.id,
    JSON.stringify([status, filters.flow, filters.version, filters.session, list.get("from"), list.get("to")]),
  );
  const actions = useInstanceBulk();
  const counted = useQuery(
    InstanceService.method.countInstances,
    { flow: list.get("flow"), version: Number(list.get("version")), session: list.get("group"), ...days },
    { placeholderData: keepPreviousData },
  );
  const count = useSometimes(counted.refetch, 2_000);
  useWatch(
    (resumeToken, signal) => client(InstanceService).watchInstances({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "instance") fresh.take(report.value);
      count();
    },
    refetch,
    "instances",
  );
  const flowTitle = (name: string) => flows.find((f) => f.id === lastPart(name))?.title ?? lastPart(name);
  const nodes = useNodeNames(fresh.rows ?? []);
  const columns: Column<Instance>[] = [
    { key: "flow", head: t("word.flow"), cell: (i) => flowTitle(i.flow) },
    { key: "version", head: t("word.version"), cell: (i) => `v${i.version}` },
    { key: "status", head: t("word.state"), cell: (i) => <InstanceState status={i.status} /> },
    {
      key: "group",
      head: t("word.group"),
      cell: (i) => <GroupLink session={i.session}>{titles.group(i.session)}</GroupLink>,
    },
    { key: "where", head: t("instances.where"), cell: (i) => <Where instance={i} told={(node) => nodes(i, node)} /> },
    { key: "begin", head: t("instances.began"), cell: (i) => <Time at={i.beginTime} ago />, sort: byTime },
    {
      key: "took",
      head: t("instances.took"),
      cell: (i) =>
        i.beginTime && i.endTime
          ? span(timestampDate(i.endTime).getTime() - timestampDate(i.beginTime).getTime(), lang)
          : "—",
    },
  ];
  return (
    <Page
      title={t("nav.instances")}
      intro={t("instances.intro")}
      actions={
        <Button onClick={() => void navigate("/events")}>
          <CircleAlert /> {t("nav.events")}
        </Button>
      }
    >
      <Card flush>
        <Counts
          list={list}
          label={t(days.since ? "list.counts" : "list.countsOfDay")}
          counts={(counted.data?.counts ?? []).map((c) => ({
            name: "status",
            value: String(c.status),
            label: enumLabel(InstanceStatusSchema, c.status, lang),
            count: Number(c.count),
            trouble: c.status === InstanceStatus.FAILED,
          }))}
        />
        <Filters list={list} look="instances" columns={columns}>
          <DaysTag list={list} />
          <Choice list={list} name="status" label={t("word.state")} choices={enumChoices(InstanceStatusSchema, lang)} />
          <Choice
            list={list}
            name="flow"
            label={t("word.flow")}
            choices={flows.map((f) => ({ value: f.name, label: f.title }))}
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
          rowKey={(i) => i.id}
          title={(i) => [flowTitle(i.flow), titles.group(i.session)].filter(Boolean).join(" · ")}
          all={{ case: "instances", value: filters }}
        />
        <List
          chosen={chosen}
          label={t("nav.instances")}
          list={list}
          look="instances"
          columns={columns}
          rows={fresh.rows}
          rowKey={(i) => i.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          to={(i) => `/instances/${encodeURIComponent(i.id)}`}
          onOpen={(i) => navigate(`/instances/${encodeURIComponent(i.id)}`)}
          fresh={fresh}
          empty={{ title: t("instances.empty"), hint: t("instances.emptyHint") }}
        />
      </Card>
    </Page>
  );
}

function Where({ instance, told }: { instance: Instance; told: (node: string) => string }) {
  const { lang } = useText();
  if (instance.error)
    return (
      <span className="line-clamp-1 max-w-80 text-bad">
        {[instance.failedNode && told(instance.failedNode), because(instance.error, lang)].filter(Boolean).join(": ")}
      </span>
    );
  return (
    <span className="line-clamp-1 max-w-80 text-soft">
      {eachOnce(instance.waitingFor.map(told)).join(" · ") || told(instance.lastNode)}
    </span>
  );
}
