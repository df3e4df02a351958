import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { useText } from "@/i18n";
import { useDraft } from "@/parts/unsent";
import { Button } from "@/ui/button";
import { Textarea } from "@/ui/field";

/**
 * Composer writes a message. Enter sends and Shift+Enter makes a line; while an input method composes, Enter only confirms its
 * candidate, also in browsers whose confirming key comes after the composition has ended.
 */
export function Composer({
  label,
  onSend,
  before,
  disabled = false,
  verb,
  keep,
}: {
  label: string;
  onSend: (text: string) => Promise<void>;
  before?: ReactNode;
  disabled?: boolean;
  verb?: string;
  /** Under what name an unsent text is kept, so that it survives a sign-in that ended, a reload and a look elsewhere. */
  keep?: string;
}) {
  const { t } = useText();
  const [text, setText] = useDraft(keep);
  const [busy, setBusy] = useState(false);
  const composing = useRef(false);
  const ended = useRef(0);
  const send = async () => {
    const wanted = text.trim();
    if (!wanted || busy) return;
    setBusy(true);
    try {
      await onSend(wanted);
      setText("");
    } catch {
      // The text stays for another try; the caller shows the error.
    } finally {
      setBusy(false);
    }
  };
  const key = (e: KeyboardEvent) => {
    if (e.key !== "Enter" || e.shiftKey) return;
    const confirms =
      composing.current || e.nativeEvent.isComposing || e.keyCode === 229 || e.timeStamp - ended.current < 30;
    if (confirms) return;
    e.preventDefault();
    void send();
  };
  return (
    <form
      className="flex items-end gap-2 border-t bg-surface p-3"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      {before}
      <Textarea
        aria-label={label}
        placeholder={label}
        rows={1}
        value={text}
        disabled={disabled}
        onChange={(e) => setText(e.target.value)}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(e) => {
          composing.current = false;
          ended.current = e.timeStamp;
        }}
        onKeyDown={key}
        className="max-h-32 min-h-8 resize-none max-md:min-h-10"
      />
      <Button type="submit" tone="primary" disabled={disabled || busy || !text.trim()}>
        <SendHorizontal /> {verb ?? t("sessions.send")}
      </Button>
    </form>
  );
}
