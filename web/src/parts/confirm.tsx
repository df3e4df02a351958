import { type ReactNode, useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Textarea } from "@/ui/field";
import { Failure } from "./states";

/** Confirm asks before what cannot be undone or reaches customers: it names the thing, and its button says what it does. */
export function Confirm({
  open,
  onClose,
  onCancel = onClose,
  title,
  children,
  verb,
  danger = false,
  reason = false,
  disabled = false,
  stay = false,
  onConfirm,
}: {
  open: boolean;
  onClose: () => void;
  /** What happens instead of onClose when the reader thinks better of it. */
  onCancel?: () => void;
  title: string;
  children?: ReactNode;
  verb: string;
  danger?: boolean;
  reason?: boolean;
  /** True while what is asked cannot be done. */
  disabled?: boolean;
  /** True keeps it open when one clicks beside it: something is written in it. */
  stay?: boolean;
  onConfirm: (reason: string) => Promise<unknown>;
}) {
  const { t } = useText();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm(text);
      setText("");
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      stay={stay}
      onClose={onCancel}
      title={title}
      footer={
        <>
          <Button onClick={onCancel}>{t("do.cancel")}</Button>
          <Button tone={danger ? "danger" : "primary"} disabled={busy || disabled} onClick={() => void confirm()}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        {reason && (
          <Field label={t("word.reason")}>
            {(props) => <Textarea {...props} rows={2} value={text} onChange={(e) => setText(e.target.value)} />}
          </Field>
        )}
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}
