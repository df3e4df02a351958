import type { TestCaseResult } from "@gen/flowdesk/v1/test_case_pb";
import { useText } from "@/i18n";

/** Unmet is what a test case expected and did not find, and what there was instead; of many the first few. */
export function Unmet({ result, most = Number.POSITIVE_INFINITY }: { result: TestCaseResult; most?: number }) {
  const { t, lang } = useText();
  const say = (en: string, zh: string) => (lang === "zh" && zh) || en;
  const unmet = result.expectations.filter((e) => !e.passed);
  return (
    <>
      {result.error && <p className="break-words text-bad">{say(result.error, result.errorZh)}</p>}
      {unmet.slice(0, most).map((e) => (
        <dl key={`${e.step}.${e.number}`} className="mt-1 grid grid-cols-[auto_1fr] gap-x-2 text-[13px]">
          <dt className="text-faint">{t("sim.expected")}</dt>
          <dd className="min-w-0 break-words">{say(e.expected, e.expectedZh)}</dd>
          <dt className="text-faint">{t("sim.got")}</dt>
          <dd className="min-w-0 break-words text-bad">{say(e.got, e.gotZh)}</dd>
        </dl>
      ))}
      {unmet.length > most && (
        <p className="text-[13px] text-faint">{t("suite.more", { count: unmet.length - most })}</p>
      )}
    </>
  );
}
