import type { DescMethod } from "@bufbuild/protobuf";
import { useQueryClient } from "@tanstack/react-query";
import { ListChecks, X } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useMay } from "@/api/me";
import { problem } from "@/api/problem";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Select, Textarea } from "@/ui/field";
import { type Chosen, most, type Outcome, runMany } from "./many";

/** BulkAction is what can be done with many rows at once. */
export interface BulkAction<Row> {
  key: string;
  label: string;
  icon: ReactNode;
  /** Method that it calls for each row. */
  needs: DescMethod;
  danger?: boolean;
  /** True for rows whose state allows it; the others are passed over. */
  able: (row: Row) => boolean;
  /** What it means for those who are touched. */
  ask: string;
  /** What has to be chosen besides. */
  choose?: { label: string; choices: { value: string; label: string }[] };
  /** A choice of another kind, which whoever offers the action keeps; nothing runs while it is wrong. */
  own?: { control: ReactNode; wrong: boolean };
  run: (row: Row, reason: string, choice: string) => Promise<unknown>;
}

interface BulkProps<Row> {
  chosen: Chosen<Row>;
  actions: BulkAction<Row>[];
  rowKey: (row: Row) => string;
  title: (row: Row) => string;
  /** Reads everything that the filters leave, up to the bound; more tells that there is more. */
  all?: () => Promise<{ rows: Row[]; more: boolean }>;
}

/** Bulk stands above a list while rows are marked: how many, all that the filters leave, and what can be done with them. */
export function Bulk<Row>({ chosen, actions, rowKey, title, all }: BulkProps<Row>) {
  const { t } = useText();
  const may = useMay();
  const [asked, setAsked] = useState<{ action: BulkAction<Row>; rows: Row[] }>();
  const [said, setSaid] = useState("");
  const count = chosen.rows.length;
  if (count === 0 && !asked) return null;
  const everything = async () => {
    try {
      const { rows, more } = (await all?.()) ?? { rows: [], more: false };
      chosen.take(rows);
      setSaid(more ? t("bulk.first", { count: most }) : "");
    } catch (error) {
      setSaid(problem(error).message);
    }
  };
  return (
    <fieldset className="flex flex-wrap items-center gap-2 border-b bg-primary-soft px-3 py-2">
      <legend className="sr-only">{t("bulk.label")}</legend>
      <span className="font-medium" role="status">
        {t("bulk.chosen", { count })}
      </span>
      {all && (
        <Button size="small" tone="quiet" onClick={() => void everything()}>
          <ListChecks /> {t("bulk.all")}
        </Button>
      )}
      {said && <span className="text-[13px] text-soft">{said}</span>}
      <span className="flex-1" />
      {actions.map((action) => {
        const able = chosen.rows.filter(action.able);
        return (
          <Button
            key={action.key}
            size="small"
            tone={action.danger ? "danger" : "plain"}
            disabled={able.length === 0 || !may(action.needs)}
            onClick={() => setAsked({ action, rows: able })}
          >
            {action.icon} {action.label} {able.length < count && <span className="tabular-nums">{able.length}</span>}
          </Button>
        );
      })}
      <Button
        size="icon"
        tone="quiet"
        aria-label={t("bulk.none")}
        onClick={() => {
          chosen.take([]);
          setSaid("");
        }}
      >
        <X />
      </Button>
      {asked && (
        <Run
          rows={asked.rows}
          action={actions.find((a) => a.key === asked.action.key) ?? asked.action}
          skipped={count - asked.rows.length}
          rowKey={rowKey}
          title={title}
          onDone={() => chosen.take([])}
          onClose={() => setAsked(undefined)}
        />
      )}
    </fieldset>
  );
}

function Run<Row>({
  action,
  rows,
  skipped,
  rowKey,
  title,
  onDone,
  onClose,
}: {
  action: BulkAction<Row>;
  rows: Row[];
  skipped: number;
  rowKey: (row: Row) => string;
  title: (row: Row) => string;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [choice, setChoice] = useState(action.choose?.choices[0]?.value ?? "");
  const [outcome, setOutcome] = useState<Outcome<Row>>();
  const [state, setState] = useState<"asks" | "runs" | "ended">("asks");
  const abort = useRef<AbortController>(undefined);
  const verb = `${action.label} ${rows.length}`;
  const run = async () => {
    abort.current = new AbortController();
    setState("runs");
    // Another screen may be opened meanwhile; closing the page would leave the rest, so that the browser asks.
    const asks = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", asks);
    await runMany(rows, (row) => action.run(row, reason, choice), setOutcome, abort.current.signal);
    window.removeEventListener("beforeunload", asks);
    setState("ended");
    await queries.invalidateQueries();
  };
  const close = () => {
    if (state === "runs") return;
    if (state === "ended") onDone();
    onClose();
  };
  return (
    <Dialog
      open
      onClose={close}
      title={t("bulk.title", { action: action.label, count: rows.length })}
      footer={
        state === "asks" ? (
          <>
            <Button onClick={close}>{t("do.cancel")}</Button>
            <Button
              tone={action.danger ? "danger" : "primary"}
              disabled={action.own?.wrong ?? false}
              onClick={() => void run()}
            >
              {verb}
            </Button>
          </>
        ) : state === "runs" ? (
          <Button onClick={() => abort.current?.abort()}>{t("bulk.stop")}</Button>
        ) : (
          <Button tone="primary" onClick={close}>
            {t("bulk.close")}
          </Button>
        )
      }
    >
      {state === "asks" ? (
        <div className="flex flex-col gap-3">
          <p className="text-soft">{action.ask}</p>
          {skipped > 0 && <p className="text-soft">{t("bulk.skipped", { count: skipped })}</p>}
          <ul className="max-h-40 overflow-y-auto rounded-card border bg-sunken px-3 py-2 text-[13px]">
            {rows.slice(0, 5).map((row) => (
              <li key={rowKey(row)} className="truncate">
                {title(row)}
              </li>
            ))}
            {rows.length > 5 && <li className="text-soft">{t("bulk.more", { count: rows.length - 5 })}</li>}
          </ul>
          {action.choose && (
            <Field label={action.choose.label}>
              {(props) => (
                <Select {...props} value={choice} onChange={(e) => setChoice(e.target.value)}>
                  {action.choose?.choices.map((c) => (
                    <option key={c.value} value={c.value}>
                      {c.label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
          {action.own?.control}
          <Field label={t("word.reason")}>
            {(props) => (
              <Textarea
                {...props}
                rows={2}
                maxLength={500}
                value={reason}
                onChange={(e) => setReason(e.target.value)}
              />
            )}
          </Field>
        </div>
      ) : (
        <Progress outcome={outcome} all={rows.length} rowKey={rowKey} title={title} />
      )}
    </Dialog>
  );
}

function Progress<Row>({
  outcome,
  all,
  rowKey,
  title,
}: {
  outcome: Outcome<Row> | undefined;
  all: number;
  rowKey: (row: Row) => string;
  title: (row: Row) => string;
}) {
  const { t } = useText();
  const { done, failed, left } = outcome ?? { done: 0, failed: [], left: all };
  return (
    <div className="flex flex-col gap-3">
      <progress
        className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-primary"
        max={all}
        value={all - left}
        aria-label={t("bulk.progress")}
      />
      <p role="status" className="tabular-nums">
        {t("bulk.told", { done, failed: failed.length, left })}
      </p>
      {failed.length > 0 && (
        <ul className="max-h-60 overflow-y-auto rounded-card border border-bad/40 bg-bad/5 px-3 py-2 text-[13px]">
          {failed.map(({ row, error }) => (
            <li key={rowKey(row)} className="border-b py-1 last:border-0">
              <span className="font-medium">{title(row)}</span>
              <span className="block text-bad">{problem(error).message || t("state.failed")}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
