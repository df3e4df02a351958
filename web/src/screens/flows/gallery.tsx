import { create } from "@bufbuild/protobuf";
import { type FlowDefinition, FlowDefinitionSchema } from "@gen/flowdesk/v1/definition_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { TriggerWebhookSchema } from "@gen/flowdesk/v1/nodes_message_pb";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Failure } from "@/parts/states";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Gallery makes a new flow. */
export function Gallery({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const use = async (definition: FlowDefinition) => {
    try {
      const { flow } = await client(FlowService).createFlow({ flow: { definition } });
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
      <ul className="grid gap-3 md:grid-cols-2">
        <li className="flex flex-col gap-2 rounded-card border p-4">
          <h3 className="font-semibold">{t("flows.blank")}</h3>
          <p className="flex-1 text-soft">{t("flows.blankHint")}</p>
          <Button className="self-start" onClick={() => void use(blank())}>
            {t("flows.use")}
          </Button>
        </li>
      </ul>
    </Dialog>
  );
}
