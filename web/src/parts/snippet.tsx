import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { copyText } from "./copy";

/** Snippet is a text for a terminal, with a button that copies it. */
export function Snippet({ text, label }: { text: string; label: string }) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState(false);
  const shown = useRef<HTMLPreElement>(null);
  return (
    <div className="relative rounded-card border bg-sunken">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className="max-h-64 overflow-auto p-3 pr-24">
        <pre ref={shown} className="font-mono text-[12px] leading-5 whitespace-pre-wrap">
          {text}
        </pre>
      </section>
      <Button
        size="small"
        className="absolute top-2 right-2"
        onClick={() => {
          void copyText(text).then((done) => {
            setCopied(done);
            setByHand(!done);
            if (!done && shown.current) getSelection()?.selectAllChildren(shown.current);
            if (done) setTimeout(() => setCopied(false), 1500);
          });
        }}
      >
        {copied ? <Check className="text-ok" /> : <Copy />} {t("do.copy")}
      </Button>
      <p role="status" className="px-3 pb-2 text-[13px] text-warn empty:hidden">
        {byHand && t("do.copyByHand")}
      </p>
    </div>
  );
}
