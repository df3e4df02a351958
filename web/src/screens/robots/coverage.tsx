import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import type { Group } from "@gen/flowdesk/v1/resource_directory_pb";
import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { type Duty, DutySchema, SessionKind } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { CircleCheck, CircleX, RefreshCw, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { enumChoices } from "@/api/labels";
import { joined, useText } from "@/i18n";
import { type Column, Filters, List, type ListParams } from "@/parts/list";
import { SearchBox } from "@/parts/search";
import { Status } from "@/parts/status";
import { Card } from "@/ui/card";
import { coverOfGroup } from "./cover";

/** Coverage shows for each group who carries each duty, and where nobody does. */
export function Coverage({ list, robots }: { list: ListParams; robots: Robot[] }) {
  const { t, lang } = useText();
  const { data, error, refetch } = useQuery(
    DirectoryService.method.listGroups,
    { pageSize: 50, pageToken: list.page, query: list.get("q") },
    { placeholderData: keepPreviousData },
  );
  const duties = enumChoices(DutySchema, lang) as { value: Duty; label: string }[];
  const rows = data?.groups.filter((g) => !g.mergedInto && g.kind !== SessionKind.DIRECT);
  const columns: Column<Group>[] = [
    {
      key: "group",
      head: t("word.group"),
      cell: (g) => (
        <Link className="font-medium text-primary hover:underline" to={`/groups?open=${g.id}`}>
          {g.title || g.id}
        </Link>
      ),
      className: "min-w-36",
    },
    ...duties.map((duty) => ({
      key: String(duty.value),
      head: duty.label,
      cell: (g: Group) => <Cell group={g} robots={robots} duty={duty.value} />,
    })),
  ];
  return (
    <Card
      flush
      title={t("robots.coverage")}
      actions={<span className="text-xs text-faint">{t("robots.coverageHint")}</span>}
    >
      <Filters list={list}>
        <SearchBox list={list} label={t("groups.search")} />
      </Filters>
      <List
        label={t("robots.coverage")}
        list={list}
        columns={columns}
        rows={rows}
        rowKey={(g) => g.id}
        nextToken={data?.nextPageToken}
        error={error}
        onRetry={refetch}
        empty={{ title: t("groups.empty"), hint: t("groups.emptyHint") }}
      />
    </Card>
  );
}

function Cell({ group, robots, duty }: { group: Group; robots: Robot[]; duty: Duty }) {
  const { t, lang } = useText();
  const cover = coverOfGroup(group, robots, duty);
  const names = (some: Robot[]) =>
    joined(
      some.map((r) => r.title || r.id),
      lang,
    );
  switch (cover.state) {
    case "ok":
      return (
        <Status tone="ok" icon={CircleCheck}>
          {names(cover.robots)}
        </Status>
      );
    case "stand-in":
      return (
        <Status tone="warn" icon={RefreshCw}>
          {t("robots.standIn", { robots: names(cover.standIns) })}
        </Status>
      );
    case "down":
      return (
        <Status tone="bad" icon={CircleX}>
          {t("robots.down", { robots: names(cover.robots) })}
        </Status>
      );
    default:
      return (
        <Status tone="bad" icon={TriangleAlert}>
          {t("day.gap")}
        </Status>
      );
  }
}
