import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { NameOrder } from "@gen/flowdesk/v1/list_orders_pb";
import type { Person } from "@gen/flowdesk/v1/resource_directory_pb";
import { Presence, type Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Crown, Plus } from "lucide-react";
import { useState } from "react";
import { enumChoices, enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { joined, useText } from "@/i18n";
import { useFresh } from "@/parts/fresh";
import { useGate } from "@/parts/gate";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { SearchBox } from "@/parts/search";
import { PresenceChip, Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { PersonMenu } from "./actions";
import { EditPerson } from "./edit";
import { PersonPanel } from "./panel";

const byName: Sort = { up: NameOrder.FORWARD, down: NameOrder.BACKWARD, first: "up" };

export default function People() {
  const { t, lang } = useText();
  const list = useListParams();
  const [creating, setCreating] = useState(false);
  const gate = useGate(DirectoryService.method.createPerson);
  const role = Number(list.get("role")) as Role;
  const { data, error, refetch } = useQuery(
    DirectoryService.method.listPeople,
    { pageSize: 50, pageToken: list.page, role, query: list.get("q"), order: orderOf(list, [byName]) },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.people,
    (p) => p.id,
    refetch,
  );
  useWatch(
    (resumeToken, signal) => client(DirectoryService).watchPeople({ resumeToken }, { signal }),
    data && !list.page ? data.resumeToken : undefined,
    ({ report }) => (report.case === "person" ? fresh.take(report.value) : report.case === "deleted" && void refetch()),
    refetch,
    "people",
  );
  const create = (
    <Button tone="primary" {...gate} onClick={() => setCreating(true)}>
      <Plus /> {t("people.create")}
    </Button>
  );
  const columns: Column<Person>[] = [
    {
      key: "title",
      head: t("people.title"),
      sort: byName,
      cell: (p) => <span className="inline-block min-w-24">{p.title}</span>,
    },
    {
      key: "role",
      head: t("word.role"),
      cell: (p) => enumLabel(RoleSchema, p.role, lang),
      className: "whitespace-nowrap",
    },
    { key: "presence", head: t("people.presence"), cell: (p) => <PresenceOf person={p} /> },
    { key: "active", head: t("people.lastActive"), cell: (p) => <Time at={p.lastActive} ago /> },
    { key: "names", head: t("people.names"), cell: (p) => joined(namesOf(p), lang) || "—", className: "min-w-32" },
    {
      key: "management",
      head: t("people.management"),
      cell: (p) => (p.management ? <Management /> : "—"),
    },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (p) => <PersonMenu person={p} />,
      className: "w-10",
    },
  ];
  return (
    <Page title={t("nav.people")} intro={t("people.intro")} actions={create}>
      <Card flush>
        <Filters list={list} look="people" columns={columns}>
          <SearchBox list={list} label={t("people.search")} />
          <Choice list={list} name="role" label={t("word.role")} choices={enumChoices(RoleSchema, lang)} />
        </Filters>
        <List
          label={t("nav.people")}
          list={list}
          look="people"
          columns={columns}
          rows={fresh.rows}
          fresh={fresh}
          rowKey={(p) => p.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          onOpen={(p) => list.set({ open: p.id })}
          openKey={list.get("open")}
          empty={{ title: t("people.empty"), hint: t("people.emptyHint"), action: create }}
        />
      </Card>
      <PersonPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
      {creating && <EditPerson onClose={() => setCreating(false)} />}
    </Page>
  );
}

/** namesOf are all names under which a person speaks. */
export function namesOf(person: Person): string[] {
  return [...new Set([...person.names, ...person.groupNames.map((name) => name.title)])];
}

/** PresenceOf is whether a person is there, and whether somebody set it by hand. */
export function PresenceOf({ person }: { person: Person }) {
  const { t } = useText();
  return (
    <span className="inline-flex items-center gap-1.5">
      <PresenceChip presence={person.presence} />
      {person.manualPresence !== Presence.UNSPECIFIED && <Tag>{t("people.byHand")}</Tag>}
    </span>
  );
}

/** Management marks a person who hears of critical alerts. */
export function Management() {
  const { t } = useText();
  return (
    <Tag className="gap-1">
      <Crown className="size-3.5" aria-hidden /> {t("people.management")}
    </Tag>
  );
}
