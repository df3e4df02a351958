import { CircleCheck, CircleDashed, CircleX, FlaskConical, LoaderCircle, RotateCw, SkipForward } from "lucide-react";
import { type MouseEvent, useId } from "react";
import { Link } from "react-router";
import { joined, pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Failure } from "./states";
import { Status } from "./status";
import { clean, failedOf, openOf, passedOf, type Suite, suiteMinutes } from "./suite";
import { SuiteCases } from "./suite-cases";

/** PublishTests shows how the draft's test cases go before it is published, and asks the reader to say so when a result is passed over. */
export function PublishTests({
  flow,
  suite,
  consent,
  onConsent,
  onSkip,
  onAgain,
  onLeave,
}: {
  /** Id of the flow. */
  flow: string;
  suite: Suite;
  /** True when the reader has said that they publish all the same. */
  consent: boolean;
  onConsent: (consent: boolean) => void;
  onSkip: () => void;
  onAgain: () => void;
  /** Told when the reader goes to another page. */
  onLeave: () => void;
}) {
  const { t } = useText();
  const id = useId();
  const { state, cases, results, error } = suite;
  const runs = state === "running";
  const none = cases?.length === 0;
  const [failed, passed, open] = [failedOf(suite), passedOf(suite), openOf(suite)];
  const leave = (e: MouseEvent) => !(e.metaKey || e.ctrlKey || e.shiftKey) && onLeave();
  const list = { flow, results, onLeave: leave };
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2 rounded-card border px-3 py-2 text-[13px]">
      <div className="flex flex-wrap items-center gap-2">
        <h3 id={id} className="flex flex-1 items-center gap-1.5 font-medium">
          <FlaskConical className="size-4 shrink-0 text-soft" aria-hidden />
          {t("suite.title")}
        </h3>
        {runs && (
          <Button size="small" onClick={onSkip}>
            <SkipForward /> {t("suite.skip")}
          </Button>
        )}
        {!runs && !none && (
          <Button size="small" onClick={onAgain}>
            <RotateCw /> {t("suite.again")}
          </Button>
        )}
      </div>
      {runs && <Progress suite={suite} />}
      {/* What is read out is how it ended: each case on the way would talk over the reader. */}
      <p role="status" className="empty:hidden">
        {useEnding(suite)}
      </p>
      {none && (
        <Link
          className="self-start text-primary hover:underline max-md:py-2"
          to={`/simulator?flow=${encodeURIComponent(flow)}&version=draft`}
          onClick={leave}
        >
          {t("suite.record")}
        </Link>
      )}
      {error !== undefined && <Failure error={error} />}
      <SuiteCases
        {...list}
        cases={failed}
        open
        label={
          <Status tone="bad" icon={CircleX}>
            {t("suite.failed", { count: failed.length })}
          </Status>
        }
      />
      {!runs && (
        <SuiteCases
          {...list}
          cases={open}
          label={
            <Status tone="warn" icon={CircleDashed}>
              {t("suite.open", { count: open.length })}
            </Status>
          }
        />
      )}
      <SuiteCases
        {...list}
        cases={passed}
        label={
          <Status tone="ok" icon={CircleCheck}>
            {t("suite.passed", { count: passed.length })}
          </Status>
        }
      />
      {!runs && !clean(suite) && <Consent suite={suite} given={consent} onChange={onConsent} />}
    </section>
  );
}

function Progress({ suite: { cases, results } }: { suite: Suite }) {
  const { t, lang } = useText();
  const present = cases?.[results.size];
  return (
    <div className="flex flex-col gap-1">
      <p className="flex min-w-0 items-center gap-1.5 text-soft">
        <LoaderCircle className="size-4 shrink-0 motion-safe:animate-spin" aria-hidden />
        <span className="min-w-0 break-words">
          {present && cases
            ? t("suite.running", { at: results.size + 1, all: cases.length, title: pick(present.title, lang) })
            : t("suite.listing")}
        </span>
      </p>
      <progress
        className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-primary"
        max={cases?.length || 1}
        value={results.size}
        aria-label={t("suite.progress")}
      />
    </div>
  );
}

function useEnding(suite: Suite): string {
  const { t } = useText();
  const count = suite.cases?.length;
  switch (suite.state) {
    case "running":
      return "";
    case "done":
      return count === 0 ? t("suite.none") : clean(suite) ? t("suite.allPassed", { count }) : "";
    case "skipped":
      return t("suite.skipped");
    case "overdue":
      return t("suite.overdue", { minutes: suiteMinutes });
    case "broken":
      return t("suite.broken");
  }
}

// So many failed cases are named in the confirmation; all stand in the list.
const named = 3;

/** Consent says what is passed over when one publishes now, and has the reader say so too. */
function Consent({ suite, given, onChange }: { suite: Suite; given: boolean; onChange: (given: boolean) => void }) {
  const { t, lang } = useText();
  const failed = failedOf(suite);
  const open = openOf(suite).length;
  const cases = joined(
    failed.slice(0, named).map((c) => pick(c.title, lang) || c.id),
    lang,
  );
  const rest = failed.length - named;
  const passedOver = [
    suite.cases === undefined && t("suite.ignoreAll"),
    failed.length > 0 &&
      (rest > 0 ? t("suite.ignoreFailedMany", { cases, count: rest }) : t("suite.ignoreFailed", { cases })),
    open > 0 && t("suite.ignoreOpen", { count: open }),
  ].filter((text) => text !== false);
  return (
    <label className="flex items-start gap-2 rounded-card border border-warn/40 bg-warn/5 px-3 py-2">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 max-md:size-5"
        checked={given}
        onChange={(e) => onChange(e.target.checked)}
      />
      <span className="flex min-w-0 flex-col gap-1 break-words">
        {passedOver.map((text) => (
          <span key={text}>{text}</span>
        ))}
      </span>
    </label>
  );
}
