import { durationMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { useQuery as useAnswer } from "@tanstack/react-query";
import { CircleCheck, CircleX, LoaderCircle, RotateCw, X } from "lucide-react";
import { isMissing } from "@/api/problem";
import { client } from "@/api/transport";
import { pick, useText } from "@/i18n";
import { Failure } from "@/parts/states";
import { Status } from "@/parts/status";
import { span } from "@/parts/time";
import { Unmet } from "@/parts/unmet";
import { Button } from "@/ui/button";
import type { Choice, Simulated } from "./simulation";

/** caseName is the name of a test case in the address: a stored one stands there by its id, a shipped one as scenarios/ID. */
export const caseName = (flow: string, id: string) =>
  id === "" || id.startsWith("scenarios/") ? id : `flows/${flow}/testCases/${id}`;

/** caseId is how a test case stands in the address. */
export const caseId = (name: string) => (name.startsWith("scenarios/") ? name : (name.split("/").at(-1) ?? ""));

/** CaseStrip tells of the test case that is played in the chat: what it is called, whether it passes on what is chosen, and what it did not find. */
export function CaseStrip({
  name,
  choice,
  turn,
  simulation,
  onClose,
}: {
  name: string;
  choice: Choice;
  /** Changes with what is chosen: the case is run on it again. */
  turn: string;
  simulation: Simulated;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const testCase = useQuery(SimulatorService.method.getTestCase, { name }, { retry: false }).data?.testCase;
  const run = useAnswer({
    queryKey: ["test case", name, turn],
    queryFn: ({ signal }) =>
      client(SimulatorService).runTestCase({ choice, which: { case: "name", value: name } }, { signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const result = run.data?.result;
  const again = () => {
    void simulation.begin(name).catch(() => {});
    void run.refetch();
  };
  return (
    <section
      aria-label={t("sim.tests")}
      className="flex max-h-[40dvh] flex-col gap-1 overflow-y-auto border-b bg-surface px-3 py-2"
    >
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-40 break-words font-medium">
          {t("suite.caseOf", { title: pick(testCase?.title, lang) || caseId(name) })}
        </h2>
        <span role="status" className="flex items-center gap-2">
          {run.isFetching ? (
            <Status tone="info" icon={LoaderCircle} spin>
              {t("suite.playing")}
            </Status>
          ) : (
            result && (
              <Status tone={result.passed ? "ok" : "bad"} icon={result.passed ? CircleCheck : CircleX}>
                {t(result.passed ? "sim.pass" : "sim.fail")}
              </Status>
            )
          )}
        </span>
        {result?.duration && <span className="text-xs text-faint">{span(durationMs(result.duration), lang)}</span>}
        <Button size="small" disabled={run.isFetching || simulation.busy} onClick={again}>
          <RotateCw /> {t("suite.rerun")}
        </Button>
        <Button tone="quiet" size="icon" aria-label={t("suite.leave")} title={t("suite.leave")} onClick={onClose}>
          <X />
        </Button>
      </div>
      {run.error &&
        (isMissing(run.error) ? (
          <p className="text-soft">{t("suite.gone")}</p>
        ) : (
          <Failure error={run.error} onRetry={() => void run.refetch()} />
        ))}
      {result && !run.isFetching && <Unmet result={result} />}
    </section>
  );
}
