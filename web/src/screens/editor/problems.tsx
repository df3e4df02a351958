import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import { ChevronDown, CircleCheck, CircleX, Info, LoaderCircle, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Doc } from "@/graph/doc";
import { nodeOf } from "@/graph/doc";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import type { Findings } from "./validate";

/** Problems is everything that the compiler found; one click leads to the node and the field. */
export function Problems({
  findings,
  doc,
  onOpen,
}: {
  findings: Findings;
  doc: Doc;
  onOpen: (node: string, field?: string) => void;
}) {
  const { t, lang } = useText();
  const [open, setOpen] = useState(false);
  const errors = findings.diagnostics.filter((d) => d.severity === Severity.ERROR).length;
  const others = findings.diagnostics.length - errors;
  const text = (d: Diagnostic) => (lang === "zh" && d.messageZh ? d.messageZh : d.message);
  return (
    <section aria-label={t("editor.problems")} className="border-t bg-surface">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-center gap-3 px-3 py-1.5 text-[13px] whitespace-nowrap hover:bg-sunken"
      >
        <span className="font-medium">{t("editor.problems")}</span>
        {findings.checking ? (
          <LoaderCircle className="size-4 text-faint motion-safe:animate-spin" aria-label={t("editor.checking")} />
        ) : findings.diagnostics.length === 0 ? (
          <span className="inline-flex items-center gap-1 text-ok">
            <CircleCheck className="size-4" aria-hidden />
            {t("editor.noProblems")}
          </span>
        ) : null}
        {errors > 0 && <span className="text-bad">{t("editor.errors", { count: errors })}</span>}
        {others > 0 && <span className="text-warn">{t("editor.warnings", { count: others })}</span>}
        {findings.bounds && (
          <span className="min-w-0 truncate text-xs text-faint max-md:hidden">
            {t("editor.bounds", {
              steps: findings.bounds.steps,
              commands: findings.bounds.commands,
              calls: findings.bounds.calls,
            })}
          </span>
        )}
        <span className="flex-1" />
        <ChevronDown className={cn("size-4 transition-transform", !open && "rotate-180")} aria-hidden />
      </button>
      <div aria-live="polite" className="sr-only">
        {!findings.checking && (errors > 0 ? t("editor.errors", { count: errors }) : t("editor.noProblems"))}
      </div>
      {open && (
        <ul className="max-h-52 overflow-y-auto border-t">
          {findings.diagnostics.map((d, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: findings come as a whole
            <li key={i}>
              <button
                type="button"
                onClick={() => d.node && onOpen(d.node, d.field || undefined)}
                className="flex w-full items-start gap-2 px-3 py-1.5 text-left hover:bg-sunken"
              >
                {d.severity === Severity.ERROR ? (
                  <CircleX className="mt-1 size-4 shrink-0 text-bad" />
                ) : d.severity === Severity.WARNING ? (
                  <TriangleAlert className="mt-1 size-4 shrink-0 text-warn" />
                ) : (
                  <Info className="mt-1 size-4 shrink-0 text-info" />
                )}
                <span className="min-w-0 flex-1">
                  {text(d)}
                  {d.remedy && <span className="text-soft"> — {d.remedy}</span>}
                </span>
                <span className="text-xs whitespace-nowrap text-faint">
                  {[nodeOf(doc, d.node)?.name || d.node, d.field].filter(Boolean).join(" · ")} {d.code}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
