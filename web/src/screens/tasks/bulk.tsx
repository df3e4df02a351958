import { TaskState, type TrackTask } from "@gen/flowdesk/v1/resource_task_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { Ban, BellRing, CircleCheck, UserPlus } from "lucide-react";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";
import { useTitles } from "@/parts/titles";

const open = (task: TrackTask) => task.state !== TaskState.COMPLETED && task.state !== TaskState.CANCELLED;

/** useTaskBulk is what can be done with many tasks at once. */
export function useTaskBulk(): BulkAction<TrackTask>[] {
  const { t } = useText();
  const { people } = useTitles();
  return [
    {
      key: "reassign",
      label: t("tasks.reassign"),
      icon: <UserPlus />,
      needs: TaskService.method.reassignTrackTask,
      able: open,
      ask: t("tasks.bulk.reassign"),
      choose: { label: t("word.assignee"), choices: people.map((p) => ({ value: p.name, label: p.title })) },
      act: (assignee) => ({ case: "reassignTasks", value: { assignee } }),
    },
    {
      key: "remind",
      label: t("tasks.remind"),
      icon: <BellRing />,
      needs: TaskService.method.remindTrackTask,
      able: open,
      ask: t("tasks.remindAsk"),
      reaches: true,
      act: () => ({ case: "remindTasks", value: {} }),
    },
    {
      key: "complete",
      label: t("tasks.complete"),
      icon: <CircleCheck />,
      needs: TaskService.method.completeTrackTask,
      able: open,
      ask: t("tasks.bulk.complete"),
      act: () => ({ case: "completeTasks", value: {} }),
    },
    {
      key: "cancel",
      label: t("tasks.cancelTask"),
      icon: <Ban />,
      danger: true,
      needs: TaskService.method.cancelTrackTask,
      able: open,
      ask: t("tasks.bulk.cancel"),
      act: () => ({ case: "cancelTasks", value: {} }),
    },
  ];
}
