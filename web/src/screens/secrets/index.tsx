import { useQuery } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import type { Secret } from "@gen/flowdesk/v1/resource_access_pb";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { Id } from "@/parts/id";
import { type Column, List, useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Time } from "@/parts/time";
import { lastPart } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field, Input, Textarea } from "@/ui/field";
import { SettingsTabs } from "../settings/tabs";

export default function Secrets() {
  const { t } = useText();
  const act = useAct();
  const may = useMay();
  const list = useListParams();
  const [put, setPut] = useState<string>();
  const [removed, setRemoved] = useState<Secret>();
  const { data, error, refetch } = useQuery(AccessService.method.listSecrets, {});
  const columns: Column<Secret>[] = [
    { key: "name", head: t("word.name"), cell: (s) => lastPart(s.name) },
    { key: "reference", head: t("secrets.reference"), cell: (s) => <Id value={`\${secret:${lastPart(s.name)}}`} /> },
    {
      key: "fingerprint",
      head: <span title={t("secrets.fingerprintHelp")}>{t("secrets.fingerprint")}</span>,
      cell: (s) => <code className="font-mono text-[12px]">{s.fingerprint}</code>,
    },
    {
      key: "key",
      head: t("secrets.sealedBy"),
      cell: (s) => <code className="font-mono text-[12px]">{s.keyId}</code>,
    },
    { key: "time", head: t("word.updated"), cell: (s) => <Time at={s.updateTime} ago /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (s) => (
        <span className="flex justify-end gap-1">
          <Button size="small" disabled={!may(AccessService.method.putSecret)} onClick={() => setPut(lastPart(s.name))}>
            <Pencil /> {t("secrets.replace")}
          </Button>
          <Button
            tone="quiet"
            size="icon"
            aria-label={`${t("secrets.remove")} ${lastPart(s.name)}`}
            disabled={!may(AccessService.method.deleteSecret)}
            onClick={() => setRemoved(s)}
          >
            <Trash2 />
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Page
      title={t("access.tabs.secrets")}
      intro={t("secrets.intro")}
      actions={
        <Button tone="primary" disabled={!may(AccessService.method.putSecret)} onClick={() => setPut("")}>
          <Plus /> {t("secrets.create")}
        </Button>
      }
    >
      <SettingsTabs />
      <Card flush>
        <List
          label={t("access.tabs.secrets")}
          list={list}
          columns={columns}
          rows={data?.secrets}
          rowKey={(s) => s.name}
          nextToken=""
          error={error}
          onRetry={refetch}
          empty={{ title: t("secrets.empty"), hint: t("secrets.emptyHint") }}
        />
      </Card>
      {put !== undefined && <PutSecret name={put} onClose={() => setPut(undefined)} />}
      {removed && (
        <Confirm
          open
          onClose={() => setRemoved(undefined)}
          title={`${t("secrets.remove")} · ${lastPart(removed.name)}`}
          verb={t("secrets.remove")}
          danger
          onConfirm={() => act(client(AccessService).deleteSecret({ name: removed.name }), t("secrets.removed"))}
        >
          <p className="text-soft">{t("secrets.removeAsk")}</p>
        </Confirm>
      )}
    </Page>
  );
}

function PutSecret({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [id, setId] = useState(name);
  const [value, setValue] = useState("");
  return (
    <Confirm
      open
      onClose={onClose}
      title={name ? `${t("secrets.replace")} · ${name}` : t("secrets.create")}
      verb={t("do.save")}
      disabled={!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(id) || value === ""}
      onConfirm={() => act(client(AccessService).putSecret({ name: `secrets/${id}`, value }), t("secrets.saved"))}
    >
      {!name && (
        <Field label={t("word.name")} help={t("secrets.nameHelp")}>
          {(p) => (
            <Input
              {...p}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={id}
              onChange={(e) => setId(e.target.value.trim())}
            />
          )}
        </Field>
      )}
      <Field label={t("secrets.value")} help={t("secrets.valueHelp")}>
        {(p) => (
          <Textarea
            {...p}
            rows={3}
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-[12px] [-webkit-text-security:disc]"
            value={value}
            onChange={(e) => setValue(e.target.value)}
          />
        )}
      </Field>
    </Confirm>
  );
}
