import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { ListParams } from "./list";

/** SearchBox filters by a text a moment after the last letter, and never in the middle of a composition. */
export function SearchBox({ list, name = "q", label }: { list: ListParams; name?: string; label: string }) {
  const applied = list.get(name);
  const [text, setText] = useState(applied);
  const composing = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(applied), [applied]);
  useEffect(() => {
    if (applied) list.tell(name, `${label}: ${applied}`);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const later = (next: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => list.set({ [name]: next.trim() || undefined }), 300);
  };
  return (
    <div className="relative max-md:w-44">
      <Search className="pointer-events-none absolute top-1/2 left-2 size-4 -translate-y-1/2 text-faint" aria-hidden />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(e) => {
          composing.current = false;
          later(e.currentTarget.value);
        }}
        onChange={(e) => {
          setText(e.target.value);
          if (!composing.current) later(e.target.value);
        }}
        className="h-8 w-56 rounded-control border border-control/60 bg-surface pr-2 pl-7 placeholder:text-faint max-md:h-10 max-md:w-full"
      />
    </div>
  );
}
