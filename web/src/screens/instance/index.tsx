import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { InstanceService } from "@gen/flowdesk/v1/instance_service_pb";
import { InstanceStatus } from "@gen/flowdesk/v1/resource_instance_pb";
import { Ban } from "lucide-react";
import { useMemo, useState } from "react";
import { useParams } from "react-router";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { Canvas } from "@/canvas/canvas";
import { docOf } from "@/graph/doc";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { DerivationView } from "@/parts/derivation";
import { useGate } from "@/parts/gate";
import { Id } from "@/parts/id";
import { GroupLink, WhyLink } from "@/parts/links";
import { useListParams } from "@/parts/list";
import { Facts, Page } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { InstanceState } from "@/parts/status";
import { Steps } from "@/parts/steps";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Tabs } from "@/ui/tabs";
import { overlayOf } from "./overlay";
import { Retry } from "./retry";
import { Waits } from "./waits";

export default function InstanceDetail() {
  const { t, lang } = useText();
  const { instance: id = "" } = useParams();
  const name = `instances/${id}`;
  const titles = useTitles();
  const list = useListParams();
  const gate = useGate(InstanceService.method.cancelInstance);
  const act = useAct();
  const [cancelling, setCancelling] = useState(false);
  const [chosen, setSelected] = useState<ReadonlySet<string>>();
  const { data, error, refetch } = useQuery(InstanceService.method.getInstance, { name });
  const trace = useQuery(InstanceService.method.traceInstance, { name, pageSize: 500 });
  const instance = data?.instance;
  const version = useQuery(
    FlowService.method.getFlowVersion,
    { name: `flows/${lastPart(instance?.flow ?? "")}/versions/${instance?.version ?? 1}` },
    { enabled: instance !== undefined, staleTime: Number.POSITIVE_INFINITY },
  ).data?.flowVersion;
  const running = instance?.status === InstanceStatus.RUNNING || instance?.status === InstanceStatus.WAITING;
  const session = instance?.session ?? "";
  useWatch(
    (resumeToken, signal) => client(InstanceService).watchInstances({ resumeToken, session }, { signal }),
    running ? "" : undefined,
    ({ report }) => {
      if (report.case === "instance" && report.value.id === id) {
        void refetch();
        void trace.refetch();
      }
    },
    () => void refetch(),
    id,
  );
  const doc = useMemo(() => version && docOf(version.definition, version.layout), [version]);
  const steps = trace.data?.steps;
  const overlay = useMemo(() => doc && steps && overlayOf(doc, steps), [doc, steps]);
  // A run that failed opens at the node that failed.
  const failed = instance?.failedNode ?? "";
  const selected = useMemo(() => chosen ?? new Set(failed ? [failed] : []), [chosen, failed]);
  const focus = useMemo(() => overlay && (failed ? [failed] : [...overlay.nodes.keys()]), [overlay, failed]);
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!instance) return <Skeleton />;
  const [only] = selected;
  const told = (node: string) => version?.definition?.nodes.find((n) => n.id === node)?.name || node;
  const tab = (list.get("view") || "timeline") as "timeline" | "why";
  return (
    <Page
      title={`${version?.definition?.title ?? lastPart(instance.flow)} v${instance.version}`}
      actions={
        <>
          <InstanceState status={instance.status} />
          {instance.status === InstanceStatus.FAILED && <Retry instance={instance} />}
          {running && (
            <Button tone="danger" {...gate} onClick={() => setCancelling(true)}>
              <Ban /> {t("instances.cancel")}
            </Button>
          )}
        </>
      }
    >
      {instance.error && (
        <p role="alert" className="rounded-card border border-bad/40 bg-bad/5 px-4 py-2">
          <span className="font-medium text-bad">{instance.failedNode && told(instance.failedNode)}</span>{" "}
          {because(instance.error, lang)}
        </p>
      )}
      {instance.waitingFor.length > 0 && <Waits instance={instance} told={told} />}
      <Card flush>
        <div className="h-[440px] max-md:h-72">
          {doc ? (
            <Canvas
              doc={doc}
              label={t("instances.canvas")}
              readOnly
              selected={selected}
              onSelect={setSelected}
              overlay={overlay}
              focus={focus}
            />
          ) : (
            <Skeleton rows={3} />
          )}
        </div>
      </Card>
      <div className="grid gap-4 lg:grid-cols-[1fr_320px]">
        <Card flush>
          <Tabs
            label={t("instances.detail")}
            value={tab}
            onChange={(view) => list.set({ view })}
            tabs={[
              {
                key: "timeline",
                label: t("instances.timeline"),
                panel: steps ? (
                  <Steps
                    steps={steps}
                    nodes={version?.definition?.nodes ?? []}
                    selected={only}
                    onSelect={(node) => setSelected(new Set([node]))}
                  />
                ) : (
                  <Skeleton />
                ),
              },
              { key: "why", label: t("instances.log"), panel: <Why name={name} /> },
            ]}
          />
        </Card>
        <Card title={t("word.details")} className="self-start">
          <Facts
            facts={[
              [
                t("word.group"),
                <GroupLink key="g" session={instance.session}>
                  {titles.group(instance.session)}
                </GroupLink>,
              ],
              [
                t("word.message"),
                instance.message && (
                  <WhyLink key="m" message={instance.message}>
                    {t("why.open")}
                  </WhyLink>
                ),
              ],
              [t("instances.began"), <Time key="b" at={instance.beginTime} seconds />],
              [t("word.updated"), <Time key="u" at={instance.updateTime} seconds />],
              [t("commands.done"), instance.endTime && <Time key="e" at={instance.endTime} seconds />],
              [t("word.id"), <Id key="i" value={instance.id} short />],
              [t("word.trace"), instance.trace && <Id key="t" value={instance.trace} short />],
            ]}
          />
        </Card>
      </div>
      <Confirm
        open={cancelling}
        onClose={() => setCancelling(false)}
        title={t("instances.cancel")}
        verb={t("instances.cancel")}
        danger
        reason
        onConfirm={(reason) => act(client(InstanceService).cancelInstance({ name, reason }), t("instances.cancelled"))}
      >
        <p className="text-soft">{t("instances.cancelAsk")}</p>
      </Confirm>
    </Page>
  );
}

function Why({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(InstanceService.method.whyInstance, { name });
  return (
    <div className="p-4">
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : data?.derivation ? (
        <DerivationView derivation={data.derivation} />
      ) : (
        <Skeleton />
      )}
    </div>
  );
}
