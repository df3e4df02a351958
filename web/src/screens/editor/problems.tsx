import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import { CircleCheck, CircleX, Copy, Info, LoaderCircle, TriangleAlert } from "lucide-react";
import type { Doc } from "@/graph/doc";
import { nodeOf } from "@/graph/doc";
import { kindOf } from "@/graph/kinds";
import { type Language, useText } from "@/i18n";
import { copyText } from "@/parts/copy";
import { fieldWords } from "@/parts/field-words";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import type { Findings } from "./validate";

const told = (d: Diagnostic, lang: Language) => (lang === "zh" && d.messageZh ? d.messageZh : d.message);
const remedy = (d: Diagnostic, lang: Language) => (lang === "zh" && d.remedyZh ? d.remedyZh : d.remedy);

const countOf = (findings: Findings) => {
  const errors = findings.diagnostics.filter((d) => d.severity === Severity.ERROR).length;
  return { errors, others: findings.diagnostics.length - errors };
};

/** ProblemsSum says in a few words how the draft stands with the compiler. */
export function ProblemsSum({ findings }: { findings: Findings }) {
  const { t } = useText();
  const { errors, others } = countOf(findings);
  return (
    <>
      <span className="inline-flex items-center gap-2 font-normal">
        {findings.checking ? (
          <LoaderCircle className="size-4 text-faint motion-safe:animate-spin" aria-label={t("editor.checking")} />
        ) : findings.diagnostics.length === 0 ? (
          <span className="inline-flex items-center gap-1 text-ok">
            <CircleCheck className="size-4" aria-hidden />
            <span className="max-md:sr-only">{t("editor.noProblems")}</span>
          </span>
        ) : null}
        {errors > 0 && <span className="text-bad">{t("editor.errors", { count: errors })}</span>}
        {others > 0 && <span className="text-warn">{t("editor.warnings", { count: others })}</span>}
      </span>
      <span aria-live="polite" className="sr-only">
        {!findings.checking && (errors > 0 ? t("editor.errors", { count: errors }) : t("editor.noProblems"))}
      </span>
    </>
  );
}

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
  const place = (d: Diagnostic) => {
    const node = nodeOf(doc, d.node);
    const config = node && kindOf(node)?.config;
    const field = d.field && fieldWords(d.field, false, lang, config).label;
    return [node?.name || d.node, field].filter(Boolean).join(" · ");
  };
  const copy = async () => {
    const lines = findings.diagnostics.map((d) =>
      [d.code, place(d), told(d, lang), remedy(d, lang)].filter(Boolean).join("  "),
    );
    if (await copyText(lines.join("\n"))) toast(t("do.copied"));
  };
  return (
    <>
      <div className="flex items-center gap-2 px-3 py-1 text-xs text-faint">
        <span className="min-w-0 flex-1">
          {findings.bounds &&
            t("editor.bounds", {
              steps: findings.bounds.steps,
              commands: findings.bounds.commands,
              calls: findings.bounds.calls,
            })}
        </span>
        {findings.diagnostics.length > 0 && (
          <Button size="small" tone="quiet" onClick={() => void copy()}>
            <Copy /> {t("drawer.copyProblems")}
          </Button>
        )}
      </div>
      <ul>
        {findings.diagnostics.map((d, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: findings come as a whole
          <li key={i}>
            <button
              type="button"
              onClick={() => onOpen(d.node, d.field || undefined)}
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
                {told(d, lang)}
                {d.remedy && <span className="text-soft"> — {remedy(d, lang)}</span>}
              </span>
              <span className="text-xs whitespace-nowrap text-faint max-md:hidden">
                <span title={d.field || undefined}>{place(d)}</span> {d.code}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
