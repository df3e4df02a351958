import { useEffect, useRef, useState } from "react";
import { problem } from "@/api/problem";
import type { Doc } from "@/graph/doc";
import { useText } from "@/i18n";
import { readFile, toFile } from "./file";

/** Source is the flow as its file, both ways: what can be read becomes the draft, what cannot leaves it as it was and says where. */
export function Source({ doc, onEdit }: { doc: Doc; onEdit: (doc: Doc) => void }) {
  const { t, lang } = useText();
  const [text, setText] = useState(() => toFile(doc));
  const [wrong, setWrong] = useState<string[]>([]);
  const mine = useRef<Doc>(doc);
  useEffect(() => {
    if (mine.current !== doc) {
      mine.current = doc;
      setText(toFile(doc));
    }
  }, [doc]);
  useEffect(() => {
    if (text === toFile(mine.current)) return setWrong([]);
    const timer = setTimeout(async () => {
      try {
        const { doc: read, answer } = await readFile(text);
        const line = (d: (typeof answer.diagnostics)[number]) =>
          `${d.line}:${d.column} ${lang === "zh" && d.messageZh ? d.messageZh : d.message}`;
        setWrong(answer.diagnostics.filter((d) => d.severity === 1).map(line));
        if (read) {
          const next = {
            definition: read.definition,
            layout: read.layout.positions.length > 0 ? read.layout : mine.current.layout,
          };
          mine.current = next;
          onEdit(next);
        }
      } catch (failure) {
        setWrong([problem(failure).message]);
      }
    }, 800);
    return () => clearTimeout(timer);
  }, [text, lang, onEdit]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <textarea
        aria-label={t("editor.source")}
        spellCheck={false}
        value={text}
        onChange={(e) => setText(e.target.value)}
        className="min-h-0 flex-1 resize-none bg-surface p-4 font-mono text-[13px] leading-5 outline-none"
      />
      {wrong.length > 0 && (
        <ul className="max-h-32 overflow-y-auto border-t px-4 py-2 text-[13px] text-bad" aria-live="polite">
          {wrong.map((w) => (
            <li key={w}>{w}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
