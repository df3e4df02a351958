import { durationMs } from "@bufbuild/protobuf/wkt";
import type { TestCase, TestCaseResult } from "@gen/flowdesk/v1/test_case_pb";
import { ChevronRight } from "lucide-react";
import type { MouseEvent, ReactNode } from "react";
import { Link } from "react-router";
import { pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { span } from "./time";
import { Unmet } from "./unmet";

/** casePage is where a stored test case of a flow is played and looked at, on the draft. */
export const casePage = (flow: string, testCase: TestCase) =>
  `/simulator?flow=${encodeURIComponent(flow)}&version=draft&case=${encodeURIComponent(testCase.id)}`;

// So many of its unmet expectations stand below a case; its page has them all.
const shown = 2;

/** SuiteCases lists cases with the way to their pages, the time they took, and what they did not find. */
export function SuiteCases({
  flow,
  cases,
  results,
  label,
  open = false,
  onLeave,
}: {
  /** Id of the flow. */
  flow: string;
  cases: readonly TestCase[];
  results: ReadonlyMap<string, TestCaseResult>;
  label: ReactNode;
  /** True lists them at once; otherwise the label opens the list. */
  open?: boolean;
  onLeave: (e: MouseEvent) => void;
}) {
  const { t, lang } = useText();
  if (cases.length === 0) return null;
  return (
    <details open={open} className="group">
      <summary className="flex cursor-pointer list-none items-center gap-1 max-md:py-2 [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90" aria-hidden />
        {label}
      </summary>
      <ul className="mt-1 divide-y rounded-card border">
        {cases.map((c) => {
          const result = results.get(c.name);
          const title = pick(c.title, lang) || c.id;
          return (
            <li key={c.name} className={cn("px-3", open ? "py-2" : "py-1")}>
              <div className="flex flex-wrap items-baseline gap-x-3">
                <span className="min-w-0 flex-1 basis-40 break-words">{title}</span>
                {result?.duration && (
                  <span className="text-xs text-faint">{span(durationMs(result.duration), lang)}</span>
                )}
                <Link
                  className="text-primary hover:underline max-md:py-2"
                  aria-label={t("suite.lookAt", { title })}
                  to={casePage(flow, c)}
                  onClick={onLeave}
                >
                  {t("suite.look")}
                </Link>
              </div>
              {result && !result.passed && <Unmet result={result} most={shown} />}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
