import { create } from "@bufbuild/protobuf";
import { TextSchema } from "@gen/flowdesk/v1/options_pb";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import {
  type CaseStep,
  CaseStepSchema,
  type Expectation,
  ExpectationSchema,
  type LineExpectation,
  type TestCase,
} from "@gen/flowdesk/v1/test_case_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { pick, useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Failure } from "@/parts/states";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input, Select } from "@/ui/field";
import { expectationWords, namesIn } from "./expectation";
import type { Simulated } from "./simulation";

/** SaveCase shows what a recorded conversation expects after each step, lets the reader drop or loosen it, and keeps the case. */
export function SaveCase({
  flow,
  simulation,
  recorded,
  onClose,
}: {
  flow: string;
  simulation: Simulated;
  recorded: TestCase;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const act = useAct();
  const [title, setTitle] = useState(pick(recorded.title, lang));
  const [steps, setSteps] = useState<CaseStep[]>(recorded.steps);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const history = simulation.state?.history ?? [];
  const names = namesIn(simulation.state?.runs.flatMap((r) => r.path) ?? [], lang);
  const change = (step: number, number: number, to: Expectation) =>
    setSteps((before) =>
      before.map((s, i) =>
        i === step ? create(CaseStepSchema, { ...s, expect: s.expect.map((x, k) => (k === number ? to : x)) }) : s,
      ),
    );
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const kept = steps.map((s, i) =>
        create(CaseStepSchema, { ...s, expect: s.expect.filter((_, k) => !off.has(`${i}.${k}`)) }),
      );
      const name = title.trim();
      await act(
        client(SimulatorService).createTestCase({
          parent: `flows/${flow}`,
          testCase: { ...recorded, steps: kept, title: create(TextSchema, { zh: name, en: name }) },
        }),
        t("sim.saved"),
      );
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t("sim.saveAs")}
      description={t("sim.reviewHint")}
      footer={
        <>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button tone="primary" disabled={busy || !title.trim()} onClick={() => void save()}>
            {t("sim.saveCase")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t("sim.caseTitle")}>
          {(p) => <Input {...p} value={title} maxLength={100} onChange={(e) => setTitle(e.target.value)} />}
        </Field>
        <ol className="flex flex-col gap-2 text-[13px] leading-5">
          {steps.map((step, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps keep their order
            <li key={i} className="rounded-card border px-3 py-2">
              <p className="font-medium">
                <span className="mr-1 text-faint">{i + 1}.</span>
                {pick(history[i]?.text, lang)}
              </p>
              {step.expect.length === 0 && <p className="text-faint">{t("sim.expectNothing")}</p>}
              {step.expect.map((x, k) => {
                const key = `${i}.${k}`;
                const words = expectationWords(x, lang, names);
                return (
                  <div key={key} className="flex flex-wrap items-center gap-2 py-0.5">
                    <label className="flex min-w-0 flex-1 items-start gap-2">
                      <input
                        type="checkbox"
                        className="mt-1 size-4 shrink-0"
                        checked={!off.has(key)}
                        onChange={(e) => {
                          const next = new Set(off);
                          e.target.checked ? next.delete(key) : next.add(key);
                          setOff(next);
                        }}
                      />
                      <span className="min-w-0 break-words">{words}</span>
                    </label>
                    {x.expectation.case === "line" && !off.has(key) && (
                      <Strictness line={x.expectation.value} onChange={(to) => change(i, k, to)} />
                    )}
                  </div>
                );
              })}
            </li>
          ))}
        </ol>
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}

// A reply is expected to the letter, or to hold some words.
function Strictness({ line, onChange }: { line: LineExpectation; onChange: (to: Expectation) => void }) {
  const { t } = useText();
  const exact = line.anyOf.length > 0;
  const text = (exact ? line.anyOf : line.contains)[0] ?? "";
  const put = (asExact: boolean, words: string) =>
    onChange(
      create(ExpectationSchema, {
        expectation: {
          case: "line",
          value: { ...line, anyOf: asExact ? [words] : [], contains: asExact ? [] : [words] },
        },
      }),
    );
  return (
    <span className="flex items-center gap-1">
      <Select
        aria-label={t("sim.expected")}
        className="h-7 text-xs"
        value={exact ? "exact" : "part"}
        onChange={(e) => put(e.target.value === "exact", text)}
      >
        <option value="exact">{t("sim.exact")}</option>
        <option value="part">{t("sim.part")}</option>
      </Select>
      {!exact && (
        <Input
          aria-label={t("sim.part")}
          className="h-7 w-40 text-xs"
          value={text}
          onChange={(e) => put(false, e.target.value)}
        />
      )}
    </span>
  );
}
