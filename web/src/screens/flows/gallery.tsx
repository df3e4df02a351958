import { create } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { type FlowDefinition, FlowDefinitionSchema, type FlowLayout } from "@gen/flowdesk/v1/definition_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { TriggerWebhookSchema } from "@gen/flowdesk/v1/nodes_message_pb";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { kindNamed } from "@/graph/kinds";
import { joined, pick, useText } from "@/i18n";
import { Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Gallery makes a new flow, of a template or blank. */
export function Gallery({ onClose }: { onClose: () => void }) {
  const { t, lang } = useText();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const templates = useQuery(FlowService.method.listFlowTemplates, {}, { staleTime: 60_000 });
  const use = async (definition: FlowDefinition, layout?: FlowLayout) => {
    try {
      const { flow } = await client(FlowService).createFlow({ flow: layout ? { definition, layout } : { definition } });
      await navigate(`/flows/${flow?.id ?? ""}/edit`);
    } catch (failure) {
      setError(failure);
    }
  };
  const blank = () =>
    create(FlowDefinitionSchema, {
      title: t("flows.blank"),
      nodes: [{ id: "trigger", config: { case: "triggerWebhook", value: create(TriggerWebhookSchema) } }],
    });
  return (
    <Dialog open wide onClose={onClose} title={t("flows.template")} description={t("flows.templateHint")}>
      {error !== undefined && <Failure error={error} />}
      {templates.error && <Failure error={templates.error} onRetry={templates.refetch} />}
      {templates.isPending && <Skeleton rows={4} />}
      <ul className="grid gap-3 md:grid-cols-2">
        {templates.data?.flowTemplates.map((template) => {
          const { id, definition, stored } = template;
          const title = pick(template.title, lang);
          const triggers = template.triggers.map((kind) => pick(kindNamed(kind)?.spec.title, lang) || kind);
          return (
            <li key={id} className="flex flex-col gap-2 rounded-card border p-4">
              <h3 className="flex flex-wrap items-center gap-2 font-semibold">
                {title}
                {stored && <Tag className="bg-ok/15 text-ok">{t("gallery.stored")}</Tag>}
              </h3>
              <p className="flex-1 text-soft">{pick(template.explanation, lang)}</p>
              <p className="text-xs text-faint">
                {t("gallery.triggers", { names: joined(triggers, lang) })}
                {definition && ` · ${t("flows.nodes", { count: definition.nodes.length })}`}
              </p>
              <Button
                className="self-start"
                disabled={!definition}
                aria-label={`${t("flows.use")} ${title}`}
                onClick={() => definition && void use({ ...definition, title }, template.layout)}
              >
                {t("flows.use")}
              </Button>
            </li>
          );
        })}
        <li className="flex flex-col gap-2 rounded-card border p-4">
          <h3 className="font-semibold">{t("flows.blank")}</h3>
          <p className="flex-1 text-soft">{t("flows.blankHint")}</p>
          <Button
            className="self-start"
            aria-label={`${t("flows.use")} ${t("flows.blank")}`}
            onClick={() => void use(blank())}
          >
            {t("flows.use")}
          </Button>
        </li>
      </ul>
    </Dialog>
  );
}
