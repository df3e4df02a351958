import { type ReactNode, useState } from "react";
import { useText } from "@/i18n";
import { Failure } from "@/parts/states";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input, Textarea } from "@/ui/field";

/** most is how many characters a text may have; beyond long, phones fold it away. */
const most = 4000;
const long = 1000;

/** EditText changes what a robot is going to say. A text that cannot be changed any more stays in the form with the reason, to be copied. */
export function EditText({
  text: before,
  reasoned = false,
  onSave,
  onClose,
  children,
}: {
  text: string;
  /** True where it is asked why. */
  reasoned?: boolean;
  onSave: (text: string, reason: string) => Promise<unknown>;
  onClose: () => void;
  /** What changes by it, and what stays. */
  children: ReactNode;
}) {
  const { t } = useText();
  const [text, setText] = useState(before);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const count = [...text].length; // as the server counts
  const wrong = text.trim() === "" ? t("commands.textNeeded") : count > most ? t("commands.textTooLong", { most }) : "";
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onSave(text, reason);
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
          <Button tone="primary" disabled={busy || wrong !== "" || text === before} onClick={() => void save()}>
            {t("commands.editSave")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-soft">{children}</p>
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
        {reasoned && (
          <Field label={t("word.reason")}>
            {(props) => <Input {...props} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />}
          </Field>
        )}
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}
