import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import type { Command } from "@gen/flowdesk/v1/resource_command_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Failure } from "@/parts/states";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input, Textarea } from "@/ui/field";

/** most is how many characters a text may have; beyond long, phones fold it away. */
const most = 4000;
const long = 1000;

/** EditText changes what a robot is going to say. A text that cannot be changed any more stays in the form with the reason, to be copied. */
export function EditText({ command, onClose }: { command: Command; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const [text, setText] = useState(command.text);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const count = [...text].length; // as the server counts
  const wrong = text.trim() === "" ? t("commands.textNeeded") : count > most ? t("commands.textTooLong", { most }) : "";
  const { name, etag } = command;
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await act(client(QueueService).editCommand({ name, etag, text, reason }), t("commands.editDone"));
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      stay
      onClose={onClose}
      title={t("commands.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button tone="primary" disabled={busy || wrong !== "" || text === command.text} onClick={() => void save()}>
            {t("commands.editSave")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-soft">
          {t("commands.editAsk", { group: titles.group(command.targetSession) || command.targetName })}
        </p>
        <Field
          label={t("word.text")}
          error={wrong || undefined}
          help={
            <span className="tabular-nums">
              {t("commands.characters", { n: count, most })}
              {count > long && <span className="text-warn"> · {t("commands.textLong", { long })}</span>}
            </span>
          }
        >
          {(props) => <Textarea {...props} rows={6} value={text} onChange={(e) => setText(e.target.value)} />}
        </Field>
        <Field label={t("word.reason")}>
          {(props) => <Input {...props} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}
