import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, type ReactNode, type Ref, useImperativeHandle, useRef, useState } from "react";
import { useText } from "@/i18n";
import { useGrow } from "@/parts/grow";
import { forgetSent, unsent, useDraft } from "@/parts/unsent";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Textarea } from "@/ui/field";

/** Pen lets others write into a composer. */
export interface Pen {
  /** Replaces what is written, and puts the reader there. */
  write: (text: string) => void;
  /** Adds to what is written. */
  add: (text: string) => void;
}

/**
 * Composer writes a message. Its field grows with the text, to six lines. Enter sends and Shift+Enter makes a line; while an input method composes, Enter only confirms its
 * candidate, also in browsers whose confirming key comes after the composition has ended.
 */
export function Composer({
  label,
  onSend,
  before,
  disabled = false,
  verb,
  pen,
  recall = [],
  keep,
  bare = false,
  icon = <SendHorizontal />,
  tone = "primary",
}: {
  label: string;
  onSend: (text: string) => Promise<void>;
  before?: ReactNode;
  disabled?: boolean;
  verb?: string;
  pen?: Ref<Pen>;
  /** What was sent before, oldest first: the up arrow brings it back while nothing is written. */
  recall?: readonly string[];
  /** Under what name an unsent text is kept, so that it survives a sign-in that ended, a reload and a look elsewhere. */
  keep?: string;
  /** True where something stands around it that draws its edge and ground. */
  bare?: boolean;
  /** What its button shows beside its word. */
  icon?: ReactNode;
  /** How its button looks: plain where it does not send. */
  tone?: "primary" | "plain";
}) {
  const { t } = useText();
  const [text, setText] = useDraft(keep);
  const [busy, setBusy] = useState(false);
  const composing = useRef(false);
  const ended = useRef(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const recalled = useRef(0);
  useGrow(field, text);
  useImperativeHandle(pen, () => {
    const put = (next: (before: string) => string) => {
      setText(next);
      field.current?.focus();
    };
    return { write: (t) => put(() => t), add: (t) => put((before) => before + t) };
  });
  const send = async () => {
    const wanted = text.trim();
    if (!wanted || busy) return;
    setBusy(true);
    try {
      await onSend(wanted);
      // What was typed while it was on its way stays.
      if (keep) forgetSent(keep, wanted);
      else setText((now) => unsent(now, wanted));
      recalled.current = 0;
    } catch {
      // The text stays for another try; the caller shows the error.
    } finally {
      setBusy(false);
    }
  };
  // Going up from an empty field, or from a text that was brought back and not changed, brings back the one before.
  const goBack = (e: KeyboardEvent, by: number) => {
    const shown = recall.at(-recalled.current);
    if (text !== "" && (recalled.current === 0 || text !== shown)) return;
    const next = Math.min(recall.length, Math.max(0, recalled.current + by));
    if (next === recalled.current) return;
    e.preventDefault();
    recalled.current = next;
    setText(next === 0 ? "" : (recall.at(-next) ?? ""));
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "ArrowUp" || e.key === "ArrowDown") return goBack(e, e.key === "ArrowUp" ? 1 : -1);
    if (e.key !== "Enter" || e.shiftKey) return;
    const confirms =
      composing.current || e.nativeEvent.isComposing || e.keyCode === 229 || e.timeStamp - ended.current < 30;
    if (confirms) return;
    e.preventDefault();
    void send();
  };
  return (
    <form
      className={cn("flex items-end gap-2 p-3", !bare && "border-t bg-surface")}
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      {before}
      <Textarea
        ref={field}
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
        className="max-h-[146px] min-h-8 resize-none placeholder:whitespace-nowrap max-md:min-h-10"
      />
      <Button type="submit" tone={tone} disabled={disabled || busy || !text.trim()}>
        {icon} {verb ?? t("sessions.send")}
      </Button>
    </form>
  );
}
