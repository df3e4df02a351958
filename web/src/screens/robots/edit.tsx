import { clone } from "@bufbuild/protobuf";
import { type Robot, RobotSchema } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { RobotForm } from "./form";

/** EditRobot changes a robot. Its secrets are sent only when new ones were typed. */
export function EditRobot({ robot, onClose }: { robot: Robot; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [draft, setDraft] = useState(() => ({ ...clone(RobotSchema, robot), robotId: "", key: "" }));
  const save = () => {
    const paths = ["title", "duties", "base_uri", "aliases", "requests_per_minute", "max_unconfirmed"];
    if (draft.robotId) paths.push("robot_id");
    if (draft.key) paths.push("key");
    return act(client(RobotService).updateRobot({ robot: draft, updateMask: { paths } }), t("state.saved"));
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("robots.edit", { robot: robot.title || robot.id })}
      verb={t("do.save")}
      onConfirm={save}
    >
      <RobotForm robot={draft} known={robot} onChange={(change) => setDraft({ ...draft, ...change })} />
    </Confirm>
  );
}
