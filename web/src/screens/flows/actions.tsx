import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { CopyPlus, Ellipsis, FlaskConical, History, PencilLine, Power, PowerOff, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";

/** FlowMenu is what can be done with a flow. */
export function FlowMenu({ flow }: { flow: Flow }) {
  const { t } = useText();
  const act = useAct();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"deactivate" | "remove">();
  const flows = client(FlowService);
  const { name } = flow;
  const tell = (error: unknown) => toastFailure(error);
  const duplicate = async () => {
    const { flow: whole } = await flows.getFlow({ name });
    const title = t("flows.copyOf", { title: flow.title }).slice(0, 100);
    const { flow: made } = await flows.createFlow({
      flow: {
        ...(whole?.definition ? { definition: { ...whole.definition, title } } : {}),
        ...(whole?.layout ? { layout: whole.layout } : {}),
      },
    });
    await navigate(`/flows/${made?.id ?? ""}/edit`);
  };
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          { label: t("flows.edit"), icon: <PencilLine />, onSelect: () => void navigate(`/flows/${flow.id}/edit`) },
          {
            label: t("flows.versions"),
            icon: <History />,
            onSelect: () => void navigate(`/flows/${flow.id}/versions`),
          },
          {
            label: t("sim.tests"),
            needs: SimulatorService.method.createSimulation,
            icon: <FlaskConical />,
            onSelect: () => void navigate(`/simulator?flow=${encodeURIComponent(flow.id)}&version=draft&open=tests`),
          },
          {
            label: t("flows.duplicate"),
            needs: FlowService.method.createFlow,
            icon: <CopyPlus />,
            onSelect: () => void duplicate().catch(tell),
          },
          flow.activeVersion > 0
            ? {
                label: t("flows.deactivate"),
                needs: FlowService.method.deactivateFlow,
                icon: <PowerOff />,
                onSelect: () => setAsked("deactivate"),
              }
            : {
                label: t("flows.activate"),
                needs: FlowService.method.activateFlow,
                icon: <Power />,
                disabled: flow.latestVersion === 0,
                onSelect: () => void act(flows.activateFlow({ name }), t("flows.activated")).catch(tell),
              },
          "line",
          {
            label: t("flows.remove"),
            needs: FlowService.method.deleteFlow,
            icon: <Trash2 />,
            danger: true,
            disabled: flow.activeVersion > 0,
            onSelect: () => setAsked("remove"),
          },
        ]}
      />
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={`${t(`flows.${asked}`)} · ${flow.title}`}
          verb={t(`flows.${asked}`)}
          danger
          onConfirm={() =>
            asked === "remove"
              ? act(flows.deleteFlow({ name, etag: flow.etag }), t("flows.removed"))
              : act(flows.deactivateFlow({ name, etag: flow.etag }), t("flows.deactivated"))
          }
        >
          <p className="text-soft">{t(`flows.${asked}Ask`)}</p>
        </Confirm>
      )}
    </>
  );
}
