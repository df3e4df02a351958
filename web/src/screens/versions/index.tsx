import { useQuery } from "@connectrpc/connect-query";
import { ChangeKind, FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { FlowVersion } from "@gen/flowdesk/v1/resource_flow_pb";
import { GitCompare, PencilLine, Undo2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { Canvas } from "@/canvas/canvas";
import type { Marks } from "@/canvas/model";
import { docOf } from "@/graph/doc";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { by } from "@/parts/by";
import { Changes } from "@/parts/changes";
import { useGate } from "@/parts/gate";
import { useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { cn } from "@/ui/cn";
import { Select } from "@/ui/field";
import { Rollback } from "./rollback";
import { union } from "./union";

const nobody: ReadonlySet<string> = new Set();

export default function Versions() {
  const { t, lang } = useText();
  const { flow: id = "" } = useParams();
  const name = `flows/${id}`;
  const list = useListParams();
  const gate = useGate(FlowService.method.rollbackFlow);
  const navigate = useNavigate();
  const flow = useQuery(FlowService.method.getFlow, { name }).data?.flow;
  const { data, error, refetch } = useQuery(FlowService.method.listFlowVersions, {
    parent: name,
    pageSize: 100,
    pageToken: list.page,
  });
  const [back, setBack] = useState<FlowVersion>();
  const versions = data?.flowVersions ?? [];
  // What the newest version changed is what one most often comes to see.
  const newest = list.page ? [] : versions;
  const from = list.get("from") || (newest[1] ? String(newest[1].version) : "");
  const to = list.get("to") || (newest[1] ? String(newest[0]?.version ?? "") : "");
  return (
    <Page
      title={`${flow?.title ?? id} · ${t("versions.title")}`}
      intro={t("versions.intro")}
      actions={
        <Button onClick={() => navigate(`/flows/${id}/edit`)}>
          <PencilLine /> {t("flows.edit")}
        </Button>
      }
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton />
      ) : (
        <div className="grid gap-4 lg:grid-cols-[360px_1fr]">
          <Card flush>
            {versions.length === 0 ? (
              <Empty title={t("versions.empty")} hint={t("versions.emptyHint")} />
            ) : (
              <ol className="divide-y">
                {versions.map((v, i) => (
                  <li key={v.version} className={cn("px-4 py-3", String(v.version) === to && "bg-primary-soft")}>
                    <div className="flex flex-wrap items-center gap-2">
                      <span className="font-semibold">v{v.version}</span>
                      {v.active && <Tag className="bg-ok/15 text-ink">{t("versions.active")}</Tag>}
                      {v.openInstances > 0n && <Tag>{t("versions.open", { count: Number(v.openInstances) })}</Tag>}
                      <span className="ml-auto text-xs text-faint">
                        <Time at={v.createTime} />
                      </span>
                    </div>
                    {v.restoredVersion > 0 && <p>{t("versions.restored", { version: v.restoredVersion })}</p>}
                    {v.note && <p>{because(v.note, lang)}</p>}
                    <p className="text-xs text-faint">{by(v.author, v.authorTitle)}</p>
                    <div className="mt-1 flex flex-wrap gap-1">
                      <Button
                        size="small"
                        disabled={i === versions.length - 1}
                        onClick={() => list.set({ from: String(versions[i + 1]?.version ?? 0), to: String(v.version) })}
                      >
                        <GitCompare /> {t("versions.compare")}
                      </Button>
                      {!v.active && (
                        <Button size="small" {...gate} onClick={() => setBack(v)}>
                          <Undo2 /> {t("versions.rollback")}
                        </Button>
                      )}
                    </div>
                  </li>
                ))}
              </ol>
            )}
          </Card>
          <Card
            flush
            title={
              <span className="flex flex-wrap items-center gap-2 font-normal">
                <Choose
                  label={t("versions.from")}
                  versions={versions}
                  value={from}
                  onChange={(v) => list.set({ from: v, to })}
                />{" "}
                →
                <Choose
                  label={t("versions.to")}
                  versions={versions}
                  value={to}
                  onChange={(v) => list.set({ from, to: v })}
                />
              </span>
            }
          >
            {from !== "" && to !== "" ? (
              <Comparison name={name} from={Number(from)} to={Number(to)} />
            ) : (
              <Empty title={t("versions.choose")} />
            )}
          </Card>
        </div>
      )}
      {back && (
        <Rollback name={name} active={flow?.activeVersion ?? 0} version={back} onClose={() => setBack(undefined)} />
      )}
    </Page>
  );
}

function Choose({
  label,
  versions,
  value,
  onChange,
}: {
  label: string;
  versions: FlowVersion[];
  value: string;
  onChange: (v: string) => void;
}) {
  const { t } = useText();
  return (
    <Select aria-label={label} value={value} onChange={(e) => onChange(e.target.value)}>
      <option value="">{label}</option>
      <option value="0">{t("versions.draft")}</option>
      {versions.map((v) => (
        <option key={v.version} value={v.version}>
          v{v.version}
        </option>
      ))}
    </Select>
  );
}

function useDefinition(name: string, version: number) {
  const draft = useQuery(FlowService.method.getFlow, { name }, { enabled: version === 0 }).data?.flow;
  const stored = useQuery(
    FlowService.method.getFlowVersion,
    { name: `${name}/versions/${version}` },
    { enabled: version > 0, staleTime: Number.POSITIVE_INFINITY },
  ).data?.flowVersion;
  const found = version === 0 ? draft : stored;
  return useMemo(() => (found ? docOf(found.definition, found.layout) : undefined), [found]);
}

// How many changes are brought into view at once: more would be too small to read.
const seen = 8;

function Comparison({ name, from, to }: { name: string; from: number; to: number }) {
  const { t } = useText();
  const { data, error, refetch } = useQuery(FlowService.method.compareFlowVersions, {
    name,
    fromVersion: from,
    toVersion: to,
  });
  const older = useDefinition(name, from);
  const newer = useDefinition(name, to);
  const [moves, setMoves] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(nobody);
  const doc = useMemo(() => older && newer && union(older, newer), [older, newer]);
  const marks = useMemo(() => {
    const all = new Map<string, Marks>();
    for (const n of data?.comparison?.nodes ?? [])
      if (moves || n.change !== ChangeKind.MOVED) all.set(n.node, { errors: 0, warnings: 0, change: n.change });
    for (const e of data?.comparison?.edges ?? [])
      if (!all.has(e.from)) all.set(e.from, { errors: 0, warnings: 0, change: ChangeKind.REWIRED });
    return all;
  }, [data, moves]);
  const changed = useMemo(() => [...marks.keys()].slice(0, seen), [marks]);
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!data?.comparison || !doc) return <Skeleton />;
  return (
    <div>
      <div className="h-[420px] border-b max-md:h-72">
        <Canvas
          doc={doc}
          label={t("versions.compare")}
          readOnly
          selected={selected}
          onSelect={setSelected}
          marks={marks}
          focus={changed}
        />
      </div>
      <div className="flex flex-col gap-3 p-4">
        <label className="flex items-center gap-2 text-soft">
          <input type="checkbox" checked={moves} onChange={(e) => setMoves(e.target.checked)} />{" "}
          {t("versions.showMoves")}
        </label>
        <Changes
          comparison={data.comparison}
          nodes={doc.definition.nodes}
          onOpen={(node) => setSelected(new Set([node]))}
        />
      </div>
    </div>
  );
}
