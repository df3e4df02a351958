import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRoleSchema, type ApiKey } from "@gen/flowdesk/v1/resource_access_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, Clock, Plus } from "lucide-react";
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
import { KeyMenu } from "./actions";
import { CreateKey } from "./create";

/** over tells that a key works no more. */
export function over(key: ApiKey): boolean {
  return (
    key.revokeTime !== undefined || (key.expireTime ? timestampDate(key.expireTime).getTime() < Date.now() : false)
  );
}

export default function Keys() {
  const { t, lang } = useText();
  const may = useMay();
  const list = useListParams();
  const titles = useTitles();
  const [creating, setCreating] = useState(false);
  const { data, error, refetch } = useQuery(
    AccessService.method.listApiKeys,
    { pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<ApiKey>[] = [
    { key: "title", head: t("keys.titleField"), cell: (k) => <span className="inline-block min-w-32">{k.title}</span> },
    { key: "state", head: t("word.state"), cell: (k) => <KeyState apiKey={k} /> },
    { key: "role", head: t("word.role"), cell: (k) => enumLabel(AccessRoleSchema, k.role, lang) },
    {
      key: "groups",
      head: t("access.groups"),
      cell: (k) => joined(k.groups.map(titles.group), lang) || t("access.allGroups"),
    },
    {
      key: "methods",
      head: t("keys.methods"),
      cell: (k) => (
        <span className="line-clamp-2 max-w-72 min-w-32" title={k.methods.join("\n")}>
          {k.methods.join(", ") || t("keys.allMethods")}
        </span>
      ),
    },
    { key: "expire", head: t("keys.expireTime"), cell: (k) => <Time at={k.expireTime} ago /> },
    { key: "rotated", head: t("keys.rotated"), cell: (k) => <Time at={k.rotateTime} ago /> },
    { key: "overlap", head: t("keys.overlapUntil"), cell: (k) => <Time at={k.overlapTime} /> },
    { key: "creator", head: t("keys.creator"), cell: (k) => lastPart(k.creator) || "—" },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (k) => <KeyMenu apiKey={k} over={over(k)} />,
      className: "w-10",
    },
  ];
  const create = (
    <Button tone="primary" disabled={!may(AccessService.method.createApiKey)} onClick={() => setCreating(true)}>
      <Plus /> {t("keys.create")}
    </Button>
  );
  return (
    <Page title={t("access.tabs.keys")} intro={t("keys.intro")} actions={create}>
      <SettingsTabs />
      <Card flush>
        <List
          label={t("access.tabs.keys")}
          list={list}
          columns={columns}
          rows={data?.apiKeys}
          rowKey={(k) => k.name}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          dim={over}
          empty={{ title: t("keys.empty"), hint: t("keys.emptyHint") }}
        />
      </Card>
      {creating && <CreateKey onClose={() => setCreating(false)} />}
    </Page>
  );
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useText();
  if (apiKey.revokeTime)
    return (
      <Status tone="skip" icon={CircleSlash}>
        {t("keys.revoked")}
      </Status>
    );
  return over(apiKey) ? (
    <Status tone="warn" icon={Clock}>
      {t("keys.expired")}
    </Status>
  ) : (
    <Status tone="ok" icon={CircleCheck}>
      {t("keys.active")}
    </Status>
  );
}
