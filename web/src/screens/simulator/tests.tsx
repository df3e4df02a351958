import { durationMs } from "@bufbuild/protobuf/wkt";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import type { TestCase, TestCaseResult } from "@gen/flowdesk/v1/test_case_pb";
import { CircleCheck, CircleX, Play, Save, Trash2 } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { pick, useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Empty, Failure } from "@/parts/states";
import { Status } from "@/parts/status";
import { casesOf } from "@/parts/suite";
import { span } from "@/parts/time";
import { toast, toastFailure } from "@/parts/toast";
import { Unmet } from "@/parts/unmet";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SaveCase } from "./save-case";
import { useScenarios } from "./scenarios";
import type { Choice, Simulated } from "./simulation";

/** Tests keeps conversations as test cases and runs all of them, with the shipped scenarios, on the flow that is chosen. */
export function Tests({
  flow,
  choice,
  simulation,
  onWatch,
  onClose,
}: {
  flow: string;
  choice: Choice;
  simulation: Simulated;
  /** Told the case that the reader wants to see played. */
  onWatch: (name: string) => void;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const act = useAct();
  const parent = `flows/${flow}`;
  const stored = useInfiniteQuery(
    SimulatorService.method.listTestCases,
    { parent, pageSize: 100, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined },
  );
  const cases = stored.data?.pages.flatMap((p) => p.testCases) ?? [];
  const scenarios = useScenarios().data?.scenarios ?? [];
  const [results, setResults] = useState<ReadonlyMap<string, TestCaseResult>>(new Map());
  const [recorded, setRecorded] = useState<TestCase>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const all = [...cases, ...scenarios];
  const run = async (names: () => Promise<string[]>) => {
    setBusy(true);
    setError(undefined);
    try {
      for (const name of await names()) {
        const { result } = await client(SimulatorService).runTestCase({ choice, which: { case: "name", value: name } });
        if (result) setResults((before) => new Map(before).set(name, result));
      }
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  // What is removed is still in hand: it comes back under the same id.
  const remove = async (c: TestCase) => {
    await act(client(SimulatorService).deleteTestCase({ name: c.name }));
    const back = client(SimulatorService).createTestCase;
    toast(t("sim.removed", { title: pick(c.title, lang) }), {
      label: t("do.undo"),
      run: () => void act(back({ parent, testCaseId: c.id, testCase: c })).catch(toastFailure),
    });
  };
  const save = async () => {
    setError(undefined);
    setBusy(true);
    try {
      setRecorded(await simulation.record());
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  if (recorded)
    return <SaveCase flow={flow} simulation={simulation} recorded={recorded} onClose={() => setRecorded(undefined)} />;
  const passed = [...results.values()].filter((r) => r.passed).length;
  return (
    <Dialog
      open
      sheet
      wide
      onClose={onClose}
      title={t("sim.tests")}
      description={results.size > 0 ? t("sim.passed", { passed, all: results.size }) : t("sim.testsHint")}
      footer={
        <Button
          tone="primary"
          disabled={busy}
          onClick={() => void run(async () => [...(await casesOf(parent)), ...scenarios].map((c) => c.name))}
        >
          <Play /> {t("sim.runAll")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {error !== undefined && <Failure error={error} />}
        {stored.error && <Failure error={stored.error} onRetry={() => void stored.refetch()} />}
        <div className="flex flex-wrap items-center gap-2">
          <p className="min-w-0 flex-1 basis-56 text-soft">{t("sim.saveHint")}</p>
          <Button disabled={busy || (simulation.state?.simulation?.steps ?? 0) === 0} onClick={() => void save()}>
            <Save /> {t("sim.saveAs")}
          </Button>
        </div>
        {all.length === 0 ? (
          <Empty title={t("word.none")} />
        ) : (
          <ul className="divide-y rounded-card border">
            {all.map((c) => {
              const result = results.get(c.name);
              return (
                <li key={c.name} className="px-3 py-2">
                  <div className="flex flex-wrap items-center gap-2">
                    <span className="min-w-0 flex-1">{pick(c.title, lang)}</span>
                    {result && (
                      <>
                        <Status tone={result.passed ? "ok" : "bad"} icon={result.passed ? CircleCheck : CircleX}>
                          {t(result.passed ? "sim.pass" : "sim.fail")}
                        </Status>
                        <span className="text-xs text-faint">
                          {result.duration && span(durationMs(result.duration), lang)}
                        </span>
                      </>
                    )}
                    <Button size="small" disabled={busy} onClick={() => onWatch(c.name)}>
                      {t("sim.watch")}
                    </Button>
                    <Button
                      size="small"
                      disabled={busy}
                      aria-label={t("sim.runOne", { name: pick(c.title, lang) })}
                      onClick={() => void run(async () => [c.name])}
                    >
                      <Play />
                    </Button>
                    {!c.name.startsWith("scenarios/") && (
                      <Button
                        size="small"
                        tone="danger"
                        aria-label={t("do.delete")}
                        onClick={() => void remove(c).catch(toastFailure)}
                      >
                        <Trash2 />
                      </Button>
                    )}
                  </div>
                  {result && <Unmet result={result} />}
                </li>
              );
            })}
          </ul>
        )}
        {stored.hasNextPage && (
          <Button size="small" className="self-start" onClick={() => void stored.fetchNextPage()}>
            {t("kept.more")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
