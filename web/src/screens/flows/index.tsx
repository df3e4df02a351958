import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { FlowOrder } from "@gen/flowdesk/v1/list_orders_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useText } from "@/i18n";
import { by } from "@/parts/by";
import { useGate } from "@/parts/gate";
import { useHear } from "@/parts/hear";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { SearchBox } from "@/parts/search";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { FlowMenu } from "./actions";
import { Gallery } from "./gallery";
import { Runs } from "./runs";

const sorts = {
  title: { up: FlowOrder.TITLE, down: FlowOrder.TITLE_BACKWARD, first: "up" },
  edited: { up: FlowOrder.CHANGED_EARLIEST, down: FlowOrder.CHANGED },
} satisfies Record<string, Sort>;

export default function Flows() {
  const { t } = useText();
  const list = useListParams();
  const gate = useGate(FlowService.method.createFlow);
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const active = list.get("active");
  const { data, error, refetch } = useQuery(
    FlowService.method.listFlows,
    {
      pageSize: 50,
      pageToken: list.page,
      query: list.get("q"),
      order: orderOf(list, Object.values(sorts)),
      ...(active ? { active: active === "1" } : {}),
    },
    { placeholderData: keepPreviousData },
  );
  // Figures come apart from the list, so that a long history does not hold the list up.
  const names = data?.flows.map((f) => f.name) ?? [];
  const { data: figures, refetch: count } = useQuery(
    FlowService.method.listFlowFigures,
    { flows: names },
    {
      enabled: names.length > 0,
      placeholderData: keepPreviousData,
      refetchInterval: useHear((): unknown => names.length > 0 && count(), 5_000, 60_000),
    },
  );
  const columns: Column<Flow>[] = [
    { key: "title", head: t("word.flow"), sort: sorts.title, cell: (f) => f.title || f.id },
    {
      key: "state",
      head: t("word.state"),
      cell: (f) => (
        <span className="flex flex-wrap gap-1">
          <Tag className={f.activeVersion > 0 ? "bg-ok/15 text-ink" : undefined}>
            {f.activeVersion > 0 ? t("flows.live", { version: f.activeVersion }) : t("flows.off")}
          </Tag>
          {f.draftChanged && <Tag className="bg-warn/15 text-ink">{t("flows.draft")}</Tag>}
        </span>
      ),
    },
    {
      key: "versions",
      head: t("flows.versions"),
      cell: (f) => (
        <Link className="text-primary hover:underline" to={`/flows/${f.id}/versions`}>
          {f.latestVersion}
        </Link>
      ),
    },
    { key: "runs", head: t("gallery.runs"), cell: (f) => <Runs flow={f} figures={figures?.flowFigures} /> },
    { key: "edited", head: t("flows.edited"), sort: sorts.edited, cell: (f) => <Edited flow={f} /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (f) => <FlowMenu flow={f} />,
      className: "w-10",
    },
  ];
  return (
    <Page
      title={t("nav.flows")}
      intro={t("flows.intro")}
      actions={
        <Button tone="primary" {...gate} onClick={() => setCreating(true)}>
          <Plus /> {t("flows.create")}
        </Button>
      }
    >
      <Card flush>
        <Filters list={list} look="flows" columns={columns}>
          <SearchBox list={list} label={t("flows.search")} />
          <Choice
            list={list}
            name="active"
            label={t("word.state")}
            choices={[
              { value: "1", label: t("flows.activeOnly") },
              { value: "0", label: t("flows.inactiveOnly") },
            ]}
          />
        </Filters>
        <List
          label={t("nav.flows")}
          list={list}
          look="flows"
          columns={columns}
          rows={data?.flows}
          rowKey={(f) => f.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          to={(f) => `/flows/${f.id}/edit`}
          onOpen={(f) => navigate(`/flows/${f.id}/edit`)}
          empty={{
            title: t("flows.empty"),
            hint: t("flows.emptyHint"),
            action: (
              <Button {...gate} onClick={() => setCreating(true)}>
                {t("flows.template")}
              </Button>
            ),
          }}
        />
      </Card>
      {creating && <Gallery onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Edited({ flow }: { flow: Flow }) {
  const who = by(flow.editor, flow.editorTitle);
  return (
    <span>
      <Time at={flow.updateTime} ago />
      {who && (
        <span className="block text-xs text-faint" title={flow.editor}>
          {who}
        </span>
      )}
    </span>
  );
}
