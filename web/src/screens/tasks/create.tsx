import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useTitles } from "@/parts/titles";
import { Field, Input, Select } from "@/ui/field";

/** CreateTask opens a task by hand. */
export function CreateTask({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const [group, setGroup] = useState("");
  const [title, setTitle] = useState("");
  const [assignee, setAssignee] = useState("");
  const create = async () => {
    await act(
      client(TaskService).createTrackTask({ trackTask: { groupId: group, title, assignee } }),
      t("tasks.created"),
    );
    setTitle("");
  };
  return (
    <Confirm open={open} onClose={onClose} title={t("tasks.create")} verb={t("tasks.create")} onConfirm={create}>
      <Field label={t("word.group")}>
        {(props) => (
          <Select {...props} value={group} onChange={(e) => setGroup(e.target.value)}>
            <option value="">—</option>
            {titles.groups.map((g) => (
              <option key={g.id} value={`sessions/${g.id}`}>
                {g.title}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("word.task")}>
        {(props) => <Input {...props} value={title} onChange={(e) => setTitle(e.target.value)} />}
      </Field>
      <Field label={t("word.assignee")}>
        {(props) => (
          <Select {...props} value={assignee} onChange={(e) => setAssignee(e.target.value)}>
            <option value="">{t("tasks.nobody")}</option>
            {titles.people.map((p) => (
              <option key={p.id} value={p.name}>
                {p.title}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Confirm>
  );
}
