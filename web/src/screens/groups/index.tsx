import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { NameOrder } from "@gen/flowdesk/v1/list_orders_pb";
import type { Group } from "@gen/flowdesk/v1/resource_directory_pb";
import { SessionKindSchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { joined, useText } from "@/i18n";
import { useFresh } from "@/parts/fresh";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { SearchBox } from "@/parts/search";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Card } from "@/ui/card";
import { GroupMenu } from "./actions";
import { GroupPanel } from "./panel";
import { Review } from "./review";

const byName: Sort = { up: NameOrder.FORWARD, down: NameOrder.BACKWARD, first: "up" };

/** robotsOf are the robots that know a group, each once. */
export function robotsOf(group: Group): string[] {
  return [...new Set(group.aliases.map((alias) => lastPart(alias.robot)))];
}

export default function Groups() {
  const { t, lang } = useText();
  const list = useListParams();
  const titles = useTitles();
  const review = list.get("review");
  const { data, error, refetch } = useQuery(
    DirectoryService.method.listGroups,
    {
      pageSize: 50,
      pageToken: list.page,
      query: list.get("q"),
      order: orderOf(list, [byName]),
      ...(review ? { review: review === "1" } : {}),
    },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.groups,
    (g) => g.id,
    refetch,
  );
  useWatch(
    (resumeToken, signal) => client(DirectoryService).watchGroups({ resumeToken }, { signal }),
    data && !list.page ? data.resumeToken : undefined,
    ({ report }) => report.case === "group" && fresh.take(report.value),
    refetch,
    "groups",
  );
  const columns: Column<Group>[] = [
    {
      key: "title",
      head: t("word.group"),
      sort: byName,
      cell: (g) => <span className="inline-block min-w-32">{g.title || g.id}</span>,
    },
    {
      key: "review",
      head: t("word.state"),
      cell: (g) =>
        g.mergedInto ? (
          <Tag>{t("groups.merged", { group: titles.group(g.mergedInto) })}</Tag>
        ) : g.review ? (
          <Review />
        ) : (
          "—"
        ),
    },
    {
      key: "kind",
      head: t("groups.kind"),
      cell: (g) => enumLabel(SessionKindSchema, g.kind, lang),
      className: "whitespace-nowrap",
    },
    {
      key: "internal",
      head: t("groups.internal"),
      cell: (g) => (g.internal ? <Tag>{t("groups.internal")}</Tag> : "—"),
    },
    {
      key: "robots",
      head: t("groups.robots"),
      cell: (g) => joined(robotsOf(g).map(titles.robot), lang) || "—",
      className: "min-w-48",
    },
    {
      key: "staff",
      head: t("groups.staff"),
      cell: (g) => joined(g.staff.map(titles.person), lang) || "—",
      className: "min-w-24",
    },
    {
      key: "staffGroup",
      head: t("groups.staffGroup"),
      cell: (g) => (g.staffGroup ? titles.group(g.staffGroup) : "—"),
      className: "min-w-24",
    },
    { key: "time", head: t("word.updated"), cell: (g) => <Time at={g.updateTime} ago /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (g) => <GroupMenu group={g} />,
      className: "w-10",
    },
  ];
  return (
    <Page title={t("nav.groups")} intro={t("groups.intro")}>
      <Card flush>
        <Filters list={list} look="groups" columns={columns}>
          <SearchBox list={list} label={t("groups.search")} />
          <Choice
            list={list}
            name="review"
            label={t("groups.reviewFilter")}
            choices={[
              { value: "1", label: t("groups.review") },
              { value: "0", label: t("groups.reviewed") },
            ]}
          />
        </Filters>
        <List
          label={t("nav.groups")}
          list={list}
          look="groups"
          columns={columns}
          rows={fresh.rows}
          fresh={fresh}
          rowKey={(g) => g.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          onOpen={(g) => list.set({ open: g.id })}
          openKey={list.get("open")}
          dim={(g) => g.mergedInto !== ""}
          empty={{ title: t("groups.empty"), hint: t("groups.emptyHint") }}
        />
      </Card>
      <GroupPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
    </Page>
  );
}
