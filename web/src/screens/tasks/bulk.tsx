import { TaskState, type TrackTask } from "@gen/flowdesk/v1/resource_task_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { Ban, BellRing, CircleCheck, UserPlus } from "lucide-react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";
import { useTitles } from "@/parts/titles";

const open = (task: TrackTask) => task.state !== TaskState.COMPLETED && task.state !== TaskState.CANCELLED;

/** useTaskBulk is what can be done with many tasks at once. */
export function useTaskBulk(): BulkAction<TrackTask>[] {
  const { t } = useText();
  const { people } = useTitles();
  const tasks = client(TaskService);
  return [
    {
      key: "reassign",
      label: t("tasks.reassign"),
      icon: <UserPlus />,
      needs: TaskService.method.reassignTrackTask,
      able: open,
      ask: t("tasks.bulk.reassign"),
      choose: { label: t("word.assignee"), choices: people.map((p) => ({ value: p.name, label: p.title })) },
      run: ({ name, etag }, reason, assignee) => tasks.reassignTrackTask({ name, etag, reason, assignee }),
    },
    {
      key: "remind",
      label: t("tasks.remind"),
      icon: <BellRing />,
      needs: TaskService.method.remindTrackTask,
      able: open,
      ask: t("tasks.remindAsk"),
      run: ({ name, etag }, reason) => tasks.remindTrackTask({ name, etag, reason }),
    },
    {
      key: "complete",
      label: t("tasks.complete"),
      icon: <CircleCheck />,
      needs: TaskService.method.completeTrackTask,
      able: open,
      ask: t("tasks.bulk.complete"),
      run: ({ name, etag }, reason) => tasks.completeTrackTask({ name, etag, reason }),
    },
    {
      key: "cancel",
      label: t("tasks.cancelTask"),
      icon: <Ban />,
      danger: true,
      needs: TaskService.method.cancelTrackTask,
      able: open,
      ask: t("tasks.bulk.cancel"),
      run: ({ name, etag }, reason) => tasks.cancelTrackTask({ name, etag, reason }),
    },
  ];
}
