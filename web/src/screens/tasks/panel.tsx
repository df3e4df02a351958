import { useQuery } from "@connectrpc/connect-query";
import { TaskOriginSchema } from "@gen/flowdesk/v1/resource_task_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { PrioritySchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { because, headline } from "@/i18n/reasons";
import { Id } from "@/parts/id";
import { CommandLink, GroupLink, InstanceLink } from "@/parts/links";
import { Facts } from "@/parts/page";
import { Quote } from "@/parts/quote";
import { Failure, Skeleton } from "@/parts/states";
import { TaskStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { TaskMenu } from "./actions";
import { Deadline } from "./index";

/** TaskPanel shows one task beside the list, with the messages that made and answered it. */
export function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    TaskService.method.getTrackTask,
    { name: `trackTasks/${id}` },
    { enabled: id !== "" },
  );
  const task = data?.trackTask;
  return (
    <Dialog sheet open={id !== ""} onClose={onClose} title={t("word.task")} footer={task && <TaskMenu task={task} />}>
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !task ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-4">
          <p className="text-base font-medium">{headline(task.title, lang)}</p>
          <Facts
            facts={[
              [t("word.state"), <TaskStateChip key="s" state={task.state} />],
              [t("word.deadline"), <Deadline key="d" task={task} />],
              [t("tasks.responseDue"), task.responseDeadline && <Time key="rd" at={task.responseDeadline} />],
              [t("tasks.kind"), task.kindName],
              [t("tasks.origin"), enumLabel(TaskOriginSchema, task.origin, lang)],
              [t("word.priority"), enumLabel(PrioritySchema, task.priority, lang)],
              [
                t("word.group"),
                <GroupLink key="g" session={task.groupId}>
                  {titles.group(task.groupId)}
                </GroupLink>,
              ],
              [t("tasks.target"), task.targetName],
              [t("tasks.requester"), task.requesterName],
              [t("word.assignee"), task.assignee ? titles.person(task.assignee) : t("tasks.nobody")],
              [t("tasks.asked"), task.message && <Quote key="m" message={task.message} />],
              [t("tasks.answered"), task.responseMessage && <Quote key="a" message={task.responseMessage} />],
              [t("tasks.reminders"), task.reminders],
              [t("word.reason"), because(task.reason, lang)],
              [
                t("word.instance"),
                task.instance && (
                  <InstanceLink key="i" instance={task.instance}>
                    {t("do.open")}
                  </InstanceLink>
                ),
              ],
              [
                t("word.command"),
                task.command && (
                  <CommandLink key="c" command={task.command}>
                    {t("do.open")}
                  </CommandLink>
                ),
              ],
              [t("word.created"), <Time key="ct" at={task.createTime} seconds />],
              [t("tasks.ended"), task.endTime && <Time key="et" at={task.endTime} seconds />],
              [t("word.id"), <Id key="id" value={task.id} />],
            ]}
          />
        </div>
      )}
    </Dialog>
  );
}
