import { useQuery } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AuditService } from "@gen/flowdesk/v1/audit_service_pb";
import { TimeOrder } from "@gen/flowdesk/v1/list_orders_pb";
import { AccessRoleSchema, type AuditRecord } from "@gen/flowdesk/v1/resource_access_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { done, doneWords } from "@/i18n/texts/done";
import { dayStart } from "@/parts/day";
import { DayFilter } from "@/parts/day-filter";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { SearchBox } from "@/parts/search";
import { Thing } from "@/parts/thing";
import { Time } from "@/parts/time";
import { lastPart } from "@/parts/titles";
import { Card } from "@/ui/card";
import { SettingsTabs } from "../settings/tabs";
import { titleOf } from "./differ";
import { Outcome } from "./outcome";
import { AuditPanel } from "./panel";

const byTime: Sort = { down: TimeOrder.NEWEST, up: TimeOrder.OLDEST, plain: "down" };

/** useActors gives the names of users and keys, as people know them. */
function useActors() {
  const { t } = useText();
  const kept = { staleTime: 60_000 };
  const users = useQuery(AccessService.method.listUsers, { pageSize: 500 }, kept).data?.users ?? [];
  const keys = useQuery(AccessService.method.listApiKeys, { pageSize: 500 }, kept).data?.apiKeys ?? [];
  const titles = new Map([...users, ...keys].map((a) => [a.name, a.title || lastPart(a.name)]));
  return {
    title: (name: string) =>
      name === "anonymous"
        ? t("audit.anyone")
        : name === "api"
          ? t("audit.open")
          : (titles.get(name) ?? lastPart(name)),
    all: [...titles].map(([value, label]) => ({ value, label })),
  };
}

export default function Audit() {
  const { t, lang } = useText();
  const list = useListParams();
  const actors = useActors();
  const methods = Object.keys(done)
    .map((method) => ({ value: method, label: doneWords(method, lang) }))
    .sort((a, b) => a.label.localeCompare(b.label, lang));
  const [since, until] = [dayStart(list.get("from")), dayStart(list.get("to"), 1)];
  const { data, error, refetch } = useQuery(
    AuditService.method.listAuditRecords,
    {
      pageSize: 50,
      pageToken: list.page,
      actor: list.get("actor"),
      method: list.get("method"),
      resource: list.get("resource"),
      ...(since ? { since } : {}),
      ...(until ? { until } : {}),
      order: orderOf(list, [byTime]) as TimeOrder,
    },
    { placeholderData: keepPreviousData },
  );
  const open = list.get("open");
  const columns: Column<AuditRecord>[] = [
    { key: "time", head: t("word.time"), cell: (r) => <Time at={r.time} seconds />, sort: byTime },
    {
      key: "actor",
      head: t("audit.actor"),
      cell: (r) => (
        <span className="whitespace-nowrap">
          {actors.title(r.actor)} <span className="text-faint">{enumLabel(AccessRoleSchema, r.role, lang)}</span>
        </span>
      ),
    },
    { key: "method", head: t("audit.method"), cell: (r) => <span title={r.method}>{doneWords(r.method, lang)}</span> },
    { key: "resource", head: t("audit.resource"), cell: (r) => <Thing name={r.resource} title={titleOf(r)} /> },
    { key: "outcome", head: t("audit.outcome"), cell: (r) => <Outcome record={r} /> },
    { key: "address", head: t("audit.address"), cell: (r) => r.address || "—" },
  ];
  return (
    <Page title={t("nav.audit")} intro={t("audit.intro")}>
      <SettingsTabs />
      <Card flush>
        <Filters list={list} look="audit" columns={columns}>
          <Choice list={list} name="actor" label={t("audit.actor")} choices={actors.all} />
          <Choice list={list} name="method" label={t("audit.method")} choices={methods} />
          <SearchBox list={list} name="resource" label={t("audit.resourceSearch")} />
          <DayFilter list={list} name="from" label={t("audit.from")} />
          <DayFilter list={list} name="to" label={t("audit.to")} />
        </Filters>
        <List
          label={t("nav.audit")}
          list={list}
          look="audit"
          columns={columns}
          rows={data?.auditRecords}
          rowKey={(r) => lastPart(r.name)}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          onOpen={(r) => list.set({ open: lastPart(r.name) })}
          openKey={open}
          empty={{ title: t("audit.empty"), hint: t("audit.emptyHint") }}
        />
      </Card>
      {open && data && (
        <AuditPanel
          record={data.auditRecords.find((r) => lastPart(r.name) === open)}
          actor={actors.title}
          onClose={() => list.set({ open: undefined })}
        />
      )}
    </Page>
  );
}
