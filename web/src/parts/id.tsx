import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { copyText } from "./copy";

/** Id shows an id or address with a button that copies it. */
export function Id({ value, short = false }: { value: string; short?: boolean }) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  if (!value) return null;
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="truncate font-mono text-[12px]" title={value}>
        {short && value.length > 18 ? `${value.slice(0, 8)}…${value.slice(-6)}` : value}
      </code>
      <button
        type="button"
        aria-label={t("do.copy")}
        title={t("do.copy")}
        className="grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-sunken hover:text-ink"
        onClick={() => {
          void copyText(value).then((done) => {
            setCopied(done);
            if (done) setTimeout(() => setCopied(false), 1500);
          });
        }}
      >
        {copied ? <Check className="size-3.5 text-ok" /> : <Copy className="size-3.5" />}
      </button>
    </span>
  );
}
