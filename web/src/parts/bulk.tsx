import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { type CreateJobRequestSchema, JobService } from "@gen/flowdesk/v1/job_service_pb";
import type { JobActionSchema } from "@gen/flowdesk/v1/resource_job_pb";
import { useQueryClient } from "@tanstack/react-query";
import { ListChecks, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { freshId } from "@/api/fresh-id";
import { useMay } from "@/api/me";
import { problem } from "@/api/problem";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input, Select, Textarea } from "@/ui/field";
import { begun } from "./begun";
import { type Chosen, counting } from "./many";
import { Failure } from "./states";
import { lastPart } from "./titles";
import { toast } from "./toast";

/** Act is an action of a job. */
export type Act = NonNullable<MessageInitShape<typeof JobActionSchema>["act"]>;
/** Rows are the rows of a job: a list's own filters. */
export type Rows = NonNullable<MessageInitShape<typeof CreateJobRequestSchema>["rows"]>;

/** BulkAction is what can be done with many rows at once. The server does it as a job. */
export interface BulkAction<Row> {
  key: string;
  label: string;
  icon: ReactNode;
  /** Method that the job calls for each row. */
  needs: DescMethod;
  danger?: boolean;
  /** True when customers notice it. */
  reaches?: boolean;
  /** True when it needs a reason. */
  reasoned?: boolean;
  /** True for rows whose state allows it; the others are passed over. */
  able: (row: Row) => boolean;
  /** What it means for those who are touched. */
  ask: string;
  /** What has to be chosen besides. */
  choose?: { label: string; choices: { value: string; label: string }[] };
  /** A choice of another kind, which whoever offers the action keeps; nothing is done while it is wrong. */
  own?: { control: ReactNode; wrong: boolean };
  act: (choice: string) => Act;
}

interface BulkProps<Row> {
  chosen: Chosen<Row>;
  actions: BulkAction<Row>[];
  rowKey: (row: Row) => string;
  title: (row: Row) => string;
  /** All that the filters match. */
  all: Rows;
}

interface Asked<Row> {
  action: BulkAction<Row>;
  /** Marked rows whose state allows it; none where all that match are chosen. */
  rows: Row[];
  count: number;
  rest: Rows;
}

/** Bulk stands above a list while rows are marked: how many, all that the filters match, and what can be done with them. */
export function Bulk<Row extends { name: string }>({ chosen, actions, rowKey, title, all }: BulkProps<Row>) {
  const { t } = useText();
  const may = useMay();
  const [asked, setAsked] = useState<Asked<Row>>();
  const [error, setError] = useState("");
  const { everything } = chosen;
  const count = everything?.count ?? chosen.rows.length;
  if (count === 0 && !asked && !everything) return null;
  const mine = actions.filter((action) => may(action.needs) && may(JobService.method.createJob));
  const countAll = async () => {
    const action = counting(mine);
    if (!action) return;
    try {
      const act = action.act(action.choose?.choices[0]?.value ?? "");
      const { job } = await client(JobService).createJob({ action: { act }, rows: all, validateOnly: true });
      chosen.takeAll({ count: job?.total ?? 0, more: job?.moreMatched ?? false });
      setError("");
    } catch (failure) {
      setError(problem(failure).message);
    }
  };
  return (
    <fieldset className="flex flex-wrap items-center gap-2 border-b bg-primary-soft px-3 py-2">
      <legend className="sr-only">{t("bulk.label")}</legend>
      <span className="font-medium" role="status">
        {t(everything ? "bulk.everything" : "bulk.chosen", { count })}
      </span>
      {!everything && mine.length > 0 && (
        <Button size="small" tone="quiet" onClick={() => void countAll()}>
          <ListChecks /> {t("bulk.all")}
        </Button>
      )}
      {everything?.more && <span className="text-[13px] text-soft">{t("bulk.first", { count })}</span>}
      {error && <span className="text-[13px] text-bad">{error}</span>}
      <span className="flex-1" />
      {actions.map((action) => {
        const able = everything ? [] : chosen.rows.filter(action.able);
        const reached = everything ? count : able.length;
        return (
          <Button
            key={action.key}
            size="small"
            tone={action.danger ? "danger" : "plain"}
            disabled={reached === 0 || !mine.includes(action)}
            onClick={() =>
              setAsked({
                action,
                rows: able,
                count: reached,
                rest: everything ? all : { case: "names", value: { names: able.map((row) => row.name) } },
              })
            }
          >
            {action.icon} {action.label} {reached < count && <span className="tabular-nums">{reached}</span>}
          </Button>
        );
      })}
      <Button size="icon" tone="quiet" aria-label={t("bulk.none")} onClick={() => chosen.take([])}>
        <X />
      </Button>
      {asked && (
        <Ask
          {...asked}
          action={actions.find((a) => a.key === asked.action.key) ?? asked.action}
          skipped={everything ? 0 : count - asked.count}
          everything={everything !== undefined}
          rowKey={rowKey}
          title={title}
          onMade={() => chosen.take([])}
          onClose={() => setAsked(undefined)}
        />
      )}
    </fieldset>
  );
}

// From so many on, what cannot be taken back or reaches customers asks for the number itself.
const typedFrom = 10;

function Ask<Row>({
  action,
  rows,
  count,
  rest,
  skipped,
  everything,
  rowKey,
  title,
  onMade,
  onClose,
}: Asked<Row> & {
  skipped: number;
  everything: boolean;
  rowKey: (row: Row) => string;
  title: (row: Row) => string;
  onMade: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [choice, setChoice] = useState(action.choose?.choices[0]?.value ?? "");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // A second press after a lost answer makes no second job.
  const [requestId] = useState(freshId);
  const asksCount = (action.danger || action.reaches) && count >= typedFrom;
  const reasoned = action.reasoned || asksCount;
  const ready = (!asksCount || typed.replace(/[,，\s]/g, "") === String(count)) && (!reasoned || reason.trim() !== "");
  const make = async () => {
    setBusy(true);
    try {
      const { job } = await client(JobService).createJob({
        action: { act: action.act(choice) },
        rows: rest,
        reason,
        requestId,
      });
      begun.add(job?.name ?? "");
      onMade();
      onClose();
      toast(t("bulk.made", { count: job?.total ?? count }), {
        label: t("bulk.see"),
        run: () => void navigate(`/jobs/${lastPart(job?.name ?? "")}`),
      });
      await queries.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: JobService.method.listJobs, cardinality: undefined }),
      });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("bulk.title", { action: action.label, count })}
      footer={
        <>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button
            tone={action.danger ? "danger" : "primary"}
            disabled={busy || !ready || (action.own?.wrong ?? false)}
            onClick={() => void make()}
          >{`${action.label} ${count}`}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-soft">{action.ask}</p>
        {skipped > 0 && <p className="text-soft">{t("bulk.skipped", { count: skipped })}</p>}
        {everything ? (
          <p className="text-soft">{t("bulk.refused")}</p>
        ) : (
          <ul className="max-h-40 overflow-y-auto rounded-card border bg-sunken px-3 py-2 text-[13px]">
            {rows.slice(0, 5).map((row) => (
              <li key={rowKey(row)} className="truncate">
                {title(row)}
              </li>
            ))}
            {rows.length > 5 && <li className="text-soft">{t("bulk.more", { count: rows.length - 5 })}</li>}
          </ul>
        )}
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
        <Field label={t(reasoned ? "bulk.reasonNeeded" : "word.reason")}>
          {(props) => (
            <Textarea {...props} rows={2} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />
          )}
        </Field>
        {asksCount && (
          <Field label={t("bulk.type", { count })}>
            {(props) => (
              <Input {...props} inputMode="numeric" value={typed} onChange={(e) => setTyped(e.target.value)} />
            )}
          </Field>
        )}
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}
