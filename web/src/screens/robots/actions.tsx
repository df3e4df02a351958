import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { Ellipsis, HeartPulse, Link2, Pause, Pencil, Play, SendHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Menu } from "@/ui/menu";
import { Addresses } from "./addresses";
import { EditRobot } from "./edit";
import { Health } from "./health";
import { TestSend } from "./test-send";

type Asked = "health" | "test" | "pause" | "resume" | "addresses" | "edit" | "delete";

/** RobotMenu is what can be done with a robot. */
export function RobotMenu({ robot }: { robot: Robot }) {
  const { t } = useText();
  const act = useAct();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const { name, etag } = robot;
  const title = robot.title || robot.id;
  const robots = client(RobotService);
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("robots.menu", { robot: title })}>
            <Ellipsis />
          </Button>
        }
        items={[
          { label: t("robots.health"), icon: <HeartPulse />, onSelect: () => setAsked("health") },
          {
            label: t("robots.test"),
            needs: RobotService.method.testRobot,
            icon: <SendHorizontal />,
            onSelect: () => setAsked("test"),
          },
          { label: t("robots.addresses"), icon: <Link2 />, onSelect: () => setAsked("addresses") },
          robot.paused
            ? {
                label: t("robots.resume"),
                needs: RobotService.method.resumeRobot,
                icon: <Play />,
                onSelect: () => setAsked("resume"),
              }
            : {
                label: t("robots.pause"),
                needs: RobotService.method.pauseRobot,
                icon: <Pause />,
                onSelect: () => setAsked("pause"),
              },
          {
            label: t("do.edit"),
            needs: RobotService.method.updateRobot,
            icon: <Pencil />,
            onSelect: () => setAsked("edit"),
          },
          "line",
          {
            label: t("do.delete"),
            needs: RobotService.method.deleteRobot,
            icon: <Trash2 />,
            danger: true,
            onSelect: () => setAsked("delete"),
          },
        ]}
      />
      {asked === "pause" && (
        <Confirm
          open
          reason
          onClose={close}
          title={t("robots.pauseAsk", { robot: title })}
          verb={t("robots.pause")}
          onConfirm={(reason) =>
            act(robots.pauseRobot({ name, etag, reason }), t("robots.pauseDone", { robot: title }))
          }
        >
          <p className="text-soft">{t("robots.pauseHint", { count: robot.waiting })}</p>
        </Confirm>
      )}
      {asked === "resume" && (
        <Confirm
          open
          onClose={close}
          title={t("robots.resumeAsk", { robot: title })}
          verb={t("robots.resume")}
          onConfirm={() => act(robots.resumeRobot({ name, etag }), t("robots.resumeDone", { robot: title }))}
        >
          <p className="text-soft">{t("robots.resumeHint", { count: robot.waiting })}</p>
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          open
          danger
          onClose={close}
          title={t("robots.deleteAsk", { robot: title })}
          verb={t("do.delete")}
          onConfirm={() => act(robots.deleteRobot({ name, etag }), t("robots.deleteDone", { robot: title }))}
        >
          <p className="text-soft">{t("robots.deleteHint")}</p>
        </Confirm>
      )}
      {asked === "edit" && <EditRobot robot={robot} onClose={close} />}
      <Dialog open={asked === "health"} onClose={close} title={t("robots.healthOf", { robot: title })}>
        <Health name={name} />
      </Dialog>
      <Dialog open={asked === "test"} onClose={close} title={t("robots.testOf", { robot: title })}>
        <TestSend robot={robot} />
      </Dialog>
      <Dialog open={asked === "addresses"} onClose={close} wide title={t("robots.addressesOf", { robot: title })}>
        <Addresses robot={robot} />
      </Dialog>
    </>
  );
}
