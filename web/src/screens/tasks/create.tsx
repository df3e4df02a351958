import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { PersonSelect } from "@/parts/person-select";
import { useTitles } from "@/parts/titles";
import { Field, Input } from "@/ui/field";
import { OneOf } from "@/ui/one-of";

/** CreateTask opens a task by hand. */
export function CreateTask({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const groups = [
    { value: "", label: "—" },
    ...titles.groups.map((g) => ({ value: `sessions/${g.id}`, label: g.title })),
  ];
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
        {(props) => <OneOf {...props} choices={groups} value={group} onChange={setGroup} />}
      </Field>
      <Field label={t("word.task")}>
        {(props) => <Input {...props} value={title} onChange={(e) => setTitle(e.target.value)} />}
      </Field>
      <Field label={t("word.assignee")}>
        {(props) => <PersonSelect {...props} value={assignee} onChange={setAssignee} nobody={t("tasks.nobody")} />}
      </Field>
    </Confirm>
  );
}
