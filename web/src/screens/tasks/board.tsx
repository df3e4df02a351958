import { TaskState, TaskStateSchema, type TrackTask } from "@gen/flowdesk/v1/resource_task_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { useTitles } from "@/parts/titles";
import { TaskMenu } from "./actions";
import { Deadline } from "./index";

const lanes = [
  TaskState.PENDING,
  TaskState.WAITING_USER_RESPONSE,
  TaskState.RESPONDED,
  TaskState.IN_PROGRESS,
  TaskState.ESCALATED,
  TaskState.COMPLETED,
];

/** Board shows tasks by state, those due first on top. */
export function Board({ tasks, onOpen }: { tasks: TrackTask[]; onOpen: (task: TrackTask) => void }) {
  const { lang } = useText();
  const titles = useTitles();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className="flex gap-3 overflow-x-auto p-3" tabIndex={0}>
      {lanes.map((lane) => {
        const inLane = tasks.filter((task) => task.state === lane);
        return (
          <section key={lane} className="w-64 shrink-0 rounded-card bg-sunken p-2">
            <h2 className="flex items-center justify-between px-1 pb-2 text-[13px] font-semibold">
              {enumLabel(TaskStateSchema, lane, lang)} <span className="text-faint">{inLane.length}</span>
            </h2>
            <ul className="flex flex-col gap-2">
              {inLane.map((task) => (
                <li key={task.id} className="rounded-card border bg-surface p-2.5 text-[13px] leading-5">
                  <div className="flex items-start gap-1">
                    <button
                      type="button"
                      className="line-clamp-3 flex-1 text-left font-medium hover:text-primary"
                      onClick={() => onOpen(task)}
                    >
                      {headline(task.title, lang)}
                    </button>
                    <TaskMenu task={task} />
                  </div>
                  <div className="text-xs text-soft">{titles.group(task.groupId)}</div>
                  <div className="flex justify-between gap-2 text-xs text-faint">
                    <Deadline task={task} />
                    <span>{task.assignee && titles.person(task.assignee)}</span>
                  </div>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
