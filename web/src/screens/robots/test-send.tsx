import { useQuery } from "@connectrpc/connect-query";
import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { Duty } from "@gen/flowdesk/v1/types_pb";
import { SendHorizontal } from "lucide-react";
import { useEffect, useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { CommandLink } from "@/parts/links";
import { Failure } from "@/parts/states";
import { CommandStateChip } from "@/parts/status";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";

const under = [CommandState.QUEUED, CommandState.DELAYED, CommandState.SENDING, CommandState.SENT];

/** TestSend lets a robot say a text in a group that it knows, and follows it until the robot confirms it. */
export function TestSend({ robot, onDone }: { robot: Robot; onDone?: () => void }) {
  const { t } = useText();
  const titles = useTitles();
  const [group, setGroup] = useState("");
  const [text, setText] = useState(t("robots.testText"));
  const [sent, setSent] = useState("");
  const [error, setError] = useState<unknown>();
  const command = useQuery(
    QueueService.method.getCommand,
    { name: sent },
    {
      enabled: sent !== "",
      refetchInterval: (query) =>
        under.includes(query.state.data?.command?.state ?? CommandState.QUEUED) ? 1500 : false,
    },
  ).data?.command;
  const confirmed = command?.state === CommandState.COMPLETED;
  useEffect(() => {
    if (confirmed) onDone?.();
  }, [confirmed, onDone]);
  const groups = titles.groups.filter(
    (g) => !g.mergedInto && (g.aliases.length === 0 || g.aliases.some((a) => a.robot === robot.id)),
  );
  if (robot.duties.length > 0 && robot.duties.every((duty) => duty === Duty.MONITOR))
    return <p className="text-soft">{t("robots.onlyMonitors")}</p>;
  const send = async () => {
    setError(undefined);
    try {
      const answer = await client(RobotService).testRobot({ name: robot.name, session: group, text });
      setSent(answer.command?.name ?? "");
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <Field label={t("word.group")} help={groups.length === 0 ? t("robots.noGroups") : t("robots.testHint")}>
        {(props) => (
          <Select {...props} className="w-full" value={group} onChange={(e) => setGroup(e.target.value)}>
            <option value="">—</option>
            {groups.map((g) => (
              <option key={g.id} value={g.id}>
                {g.title || g.id}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("word.text")}>
        {(props) => <Input {...props} maxLength={500} value={text} onChange={(e) => setText(e.target.value)} />}
      </Field>
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" tone="primary" disabled={!group || !text.trim()}>
          <SendHorizontal /> {t("robots.test")}
        </Button>
        {command && (
          <span role="status" className="flex items-center gap-2">
            <CommandStateChip state={command.state} />
            {command.reason && <span className="text-[13px] text-soft">{command.reason}</span>}
            <CommandLink command={command.name}>{t("do.open")}</CommandLink>
          </span>
        )}
      </div>
      {error !== undefined && <Failure error={error} />}
    </form>
  );
}
