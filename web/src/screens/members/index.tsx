import { useQuery } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRoleSchema, type User } from "@gen/flowdesk/v1/resource_access_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, UserPlus } from "lucide-react";
import { useState } from "react";
import { enumLabel } from "@/api/labels";
import { useMay } from "@/api/me";
import { joined, useText } from "@/i18n";
import { type Column, List, useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Status } from "@/parts/status";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { SettingsTabs } from "../settings/tabs";
import { MemberMenu } from "./actions";
import { CreateMember } from "./edit";

export default function Members() {
  const { t, lang } = useText();
  const may = useMay();
  const list = useListParams();
  const titles = useTitles();
  const [creating, setCreating] = useState(false);
  const { data, error, refetch } = useQuery(
    AccessService.method.listUsers,
    { pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<User>[] = [
    { key: "user", head: t("access.user"), cell: (u) => lastPart(u.name) },
    { key: "title", head: t("access.title"), cell: (u) => u.title || "—" },
    { key: "role", head: t("word.role"), cell: (u) => enumLabel(AccessRoleSchema, u.role, lang) },
    {
      key: "state",
      head: t("word.state"),
      cell: (u) =>
        u.disabled ? (
          <Status tone="skip" icon={CircleSlash}>
            {t("members.disabled")}
          </Status>
        ) : (
          <Status tone="ok" icon={CircleCheck}>
            {t("members.active")}
          </Status>
        ),
    },
    {
      key: "groups",
      head: t("access.groups"),
      cell: (u) => joined(u.groups.map(titles.group), lang) || t("access.allGroups"),
    },
    { key: "person", head: t("members.person"), cell: (u) => (u.person ? titles.person(u.person) : "—") },
    { key: "time", head: t("word.updated"), cell: (u) => <Time at={u.updateTime} ago /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (u) => <MemberMenu user={u} />,
      className: "w-10",
    },
  ];
  const create = (
    <Button tone="primary" disabled={!may(AccessService.method.createUser)} onClick={() => setCreating(true)}>
      <UserPlus /> {t("members.create")}
    </Button>
  );
  return (
    <Page title={t("access.tabs.members")} intro={t("members.intro")} actions={create}>
      <SettingsTabs />
      <Card flush>
        <List
          label={t("access.tabs.members")}
          list={list}
          columns={columns}
          rows={data?.users}
          rowKey={(u) => u.name}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          dim={(u) => u.disabled}
          empty={{ title: t("members.empty"), action: create }}
        />
      </Card>
      {creating && <CreateMember onClose={() => setCreating(false)} />}
    </Page>
  );
}
