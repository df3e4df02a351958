import { Languages } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { speakLanguage, useText } from "@/i18n";
import { Button } from "@/ui/button";

/** Frame is the page around what one sees before being signed in. */
export function Frame({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  const { t, lang } = useText();
  useEffect(() => {
    document.title = `${title} · Flowdesk`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col items-center gap-6 px-4 py-[10vh]">
      <div className="flex items-center gap-2">
        <img src="/favicon.svg" alt="" className="size-8" />
        <span className="text-xl font-semibold">Flowdesk</span>
      </div>
      <main className="flex w-full max-w-sm flex-col gap-4 rounded-dialog border bg-surface p-6 shadow-sm">
        <header>
          <h1 className="text-lg leading-7 font-semibold">{title}</h1>
          {intro && <p className="text-soft">{intro}</p>}
        </header>
        {children}
      </main>
      <Button
        tone="quiet"
        size="small"
        onClick={() => void speakLanguage(lang === "zh" ? "en" : "zh")}
        aria-label={`${lang === "zh" ? "EN" : "中文"} · ${t("nav.language")}`}
      >
        <Languages /> {lang === "zh" ? "EN" : "中文"}
      </Button>
    </div>
  );
}

/** Trouble says in words why it did not work. */
export function Trouble({ children }: { children: string }) {
  return (
    <p role="alert" className="rounded-card border border-bad/40 bg-bad/5 px-3 py-2 text-bad">
      {children}
    </p>
  );
}
