import { TaskState, type TrackTask } from "@gen/flowdesk/v1/resource_task_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { Ban, BellRing, CircleCheck, Ellipsis, Hand, RotateCcw, TrendingUp, UserPlus } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { PersonSelect } from "@/parts/person-select";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Menu } from "@/ui/menu";

type Action = "claim" | "reassign" | "remind" | "escalate" | "complete" | "cancelTask" | "reopen";

/** TaskMenu is what can be done with a task. */
export function TaskMenu({ task }: { task: TrackTask }) {
  const { t, lang } = useText();
  const act = useAct();
  const [asked, setAsked] = useState<Action>();
  const [assignee, setAssignee] = useState("");
  const { name, etag } = task;
  const tasks = client(TaskService);
  const over = task.state === TaskState.COMPLETED || task.state === TaskState.CANCELLED;
  const calls: Record<Action, (reason: string) => Promise<unknown>> = {
    claim: (reason) => tasks.claimTrackTask({ name, etag, reason, assignee }),
    reassign: (reason) => tasks.reassignTrackTask({ name, etag, reason, assignee }),
    remind: (reason) => tasks.remindTrackTask({ name, etag, reason }),
    escalate: (reason) => tasks.escalateTrackTask({ name, etag, reason }),
    complete: (reason) => tasks.completeTrackTask({ name, etag, reason }),
    cancelTask: (reason) => tasks.cancelTrackTask({ name, etag, reason }),
    reopen: (reason) => tasks.reopenTrackTask({ name, etag, reason }),
  };
  const who = asked === "claim" || asked === "reassign";
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={
          over
            ? [
                {
                  label: t("tasks.reopen"),
                  needs: TaskService.method.reopenTrackTask,
                  icon: <RotateCcw />,
                  onSelect: () => setAsked("reopen"),
                },
              ]
            : [
                {
                  label: t("tasks.claim"),
                  needs: TaskService.method.claimTrackTask,
                  icon: <Hand />,
                  onSelect: () => setAsked("claim"),
                },
                {
                  label: t("tasks.reassign"),
                  needs: TaskService.method.reassignTrackTask,
                  icon: <UserPlus />,
                  onSelect: () => setAsked("reassign"),
                },
                {
                  label: t("tasks.remind"),
                  needs: TaskService.method.remindTrackTask,
                  icon: <BellRing />,
                  onSelect: () => setAsked("remind"),
                },
                {
                  label: t("tasks.escalate"),
                  needs: TaskService.method.escalateTrackTask,
                  icon: <TrendingUp />,
                  onSelect: () => setAsked("escalate"),
                },
                "line",
                {
                  label: t("tasks.complete"),
                  needs: TaskService.method.completeTrackTask,
                  icon: <CircleCheck />,
                  onSelect: () => setAsked("complete"),
                },
                {
                  label: t("tasks.cancelTask"),
                  needs: TaskService.method.cancelTrackTask,
                  icon: <Ban />,
                  danger: true,
                  onSelect: () => setAsked("cancelTask"),
                },
              ]
        }
      />
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={t(`tasks.${asked}`)}
          verb={t(`tasks.${asked}`)}
          danger={asked === "cancelTask"}
          reason
          onConfirm={(reason) => act(calls[asked](reason), t("tasks.done", { action: t(`tasks.${asked}`) }))}
        >
          <blockquote className="rounded-card border bg-sunken px-3 py-2">{because(task.title, lang)}</blockquote>
          {asked === "remind" && <p className="text-soft">{t("tasks.remindAsk")}</p>}
          {who && (
            <Field label={t("word.assignee")}>
              {(props) => <PersonSelect {...props} value={assignee} onChange={setAssignee} />}
            </Field>
          )}
        </Confirm>
      )}
    </>
  );
}
