import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { copyText } from "./copy";

/** Snippet is a text for a terminal, with a button that copies it. */
export function Snippet({ text, label }: { text: string; label: string }) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="relative rounded-card border bg-sunken">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className="max-h-64 overflow-auto p-3 pr-24">
        <pre className="font-mono text-[12px] leading-5 whitespace-pre-wrap">{text}</pre>
      </section>
      <Button
        size="small"
        className="absolute top-2 right-2"
        onClick={() => {
          void copyText(text).then((done) => {
            setCopied(done);
            if (done) setTimeout(() => setCopied(false), 1500);
          });
        }}
      >
        {copied ? <Check className="text-ok" /> : <Copy />} {t("do.copy")}
      </Button>
    </div>
  );
}
