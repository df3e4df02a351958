import { useText } from "@/i18n";
import { Dialog } from "@/ui/dialog";
import { bindings } from "./keys";

/** Shortcuts is the sheet of keys, made from the table that binds them. */
export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const mac = navigator.platform.startsWith("Mac");
  const shown = (keys: string) =>
    keys
      .split("+")
      .map((k) =>
        k === "mod"
          ? mac
            ? "⌘"
            : "Ctrl"
          : k === "alt"
            ? mac
              ? "⌥"
              : "Alt"
            : k === "shift"
              ? "Shift"
              : k.length === 1
                ? k.toUpperCase()
                : k.replace("arrow", ""),
      );
  return (
    <Dialog open={open} onClose={onClose} title={t("editor.shortcuts")} description={t("editor.shortcutsHint")}>
      <dl className="grid grid-cols-[1fr_auto] gap-y-1.5">
        {bindings.map((b) => (
          <div key={b.keys} className="contents">
            <dt>{t(`editor.key.${b.text}`)}</dt>
            <dd className="flex gap-1">
              {shown(b.keys).map((k) => (
                <kbd key={k} className="rounded border bg-sunken px-1.5 font-mono text-xs leading-5">
                  {k}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
