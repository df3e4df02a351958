import { useText } from "@/i18n";
import { Dialog } from "@/ui/dialog";
import { Textarea } from "@/ui/field";

/** CopyByHand shows a text that the browser would not put on the clipboard, selected and ready to be copied. */
export function CopyByHand({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog open onClose={onClose} title={t("editor.key.copy")} description={t("drawing.copyFailed")}>
      <Textarea
        autoFocus
        readOnly
        rows={12}
        aria-label={t("editor.key.copy")}
        className="font-mono text-xs"
        value={text}
        onFocus={(e) => e.currentTarget.select()}
      />
    </Dialog>
  );
}
