import { useQuery } from "@connectrpc/connect-query";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { DutySchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { joined, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Id } from "@/parts/id";
import { Facts } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { RobotStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { Dialog } from "@/ui/dialog";
import { RobotMenu } from "./actions";
import { Callbacks } from "./callbacks";
import { shareOf } from "./card";
import { platform } from "./form";
import { ShiftBar } from "./shift";

/** RobotPanel shows one robot beside the cards, with what its callback addresses heard. */
export function RobotPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const { data, error, refetch } = useQuery(
    RobotService.method.getRobot,
    { name: `robots/${id}` },
    { enabled: id !== "" },
  );
  const robot = data?.robot;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={robot ? robot.title || robot.id : t("word.robot")}
      footer={robot && <RobotMenu robot={robot} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !robot ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-5">
          <ShiftBar duties={robot.duties} />
          <Facts
            facts={[
              [t("word.state"), <RobotStateChip key="s" state={robot.state} />],
              [t("word.reason"), because(robot.reason, lang)],
              [t("robots.seen"), robot.lastSeen ? <Time key="l" at={robot.lastSeen} ago /> : t("robots.neverSeen")],
              [
                t("robots.duties"),
                joined(
                  robot.duties.map((d) => enumLabel(DutySchema, d, lang)),
                  lang,
                ),
              ],
              [t("robots.waiting"), String(robot.waiting)],
              [t("robots.unconfirmed"), String(robot.unconfirmed)],
              [
                t("robots.share"),
                robot.settledLastHour > 0 &&
                  `${shareOf(robot, lang)} · ${t("robots.shareOf", { done: robot.settledLastHour - robot.failedLastHour, all: robot.settledLastHour })}`,
              ],
              [t("robots.groups"), String(robot.groups)],
              [t("robots.robotId"), robot.robotId],
              [t("robots.key"), robot.key],
              [t("robots.baseUri"), robot.baseUri || platform],
              [t("robots.aliases"), joined(robot.aliases, lang)],
              [
                t("robots.perMinute"),
                robot.requestsPerMinute ? String(robot.requestsPerMinute) : t("robots.bySettings"),
              ],
              [
                t("robots.maxUnconfirmed"),
                robot.maxUnconfirmed ? String(robot.maxUnconfirmed) : t("robots.bySettings"),
              ],
              [t("word.created"), <Time key="c" at={robot.createTime} />],
              [t("word.id"), <Id key="i" value={robot.id} />],
            ]}
          />
          <section>
            <h3 className="mb-2 font-semibold">{t("robots.callbacks")}</h3>
            <Callbacks robot={robot} />
          </section>
        </div>
      )}
    </Dialog>
  );
}
