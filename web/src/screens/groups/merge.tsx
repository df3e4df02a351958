import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import type { Group } from "@gen/flowdesk/v1/resource_directory_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { Failure } from "@/parts/states";
import { useTitles } from "@/parts/titles";
import { Field, Select } from "@/ui/field";

/** MergeGroup makes one group of two that are the same room. The server checks it first, and what will move is told before. */
export function MergeGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const [source, setSource] = useState("");
  const [request] = useState(() => `merge-${group.id}-${Date.now()}`);
  const call = { name: group.name, source, etag: group.etag };
  const title = group.title || group.id;
  const check = useQuery(
    DirectoryService.method.mergeGroups,
    { ...call, validateOnly: true },
    { enabled: source !== "", retry: false, gcTime: 0, staleTime: 0 },
  );
  const merge = async (reason: string) => {
    await act(
      client(DirectoryService).mergeGroups({ ...call, reason, requestId: request }),
      t("groups.mergeDone", { group: title }),
    );
  };
  return (
    <Confirm
      open
      danger
      reason={source !== ""}
      disabled={!check.data}
      onClose={onClose}
      title={t("groups.mergeTitle", { group: title })}
      verb={t("groups.mergeVerb", { group: title })}
      onConfirm={merge}
    >
      <p className="text-soft">{t("groups.mergeHint")}</p>
      <Field label={t("groups.source")}>
        {(p) => (
          <Select {...p} className="w-full" value={source} onChange={(e) => setSource(e.target.value)}>
            <option value="">—</option>
            {titles.groups
              .filter((g) => g.id !== group.id && !g.mergedInto)
              .map((g) => (
                <option key={g.id} value={g.id}>
                  {g.title || g.id} ({g.id.slice(-6)})
                </option>
              ))}
          </Select>
        )}
      </Field>
      {check.error ? (
        <Failure error={check.error} onRetry={check.refetch} />
      ) : check.data ? (
        <Preview group={group} source={source} />
      ) : (
        source && <p role="status">{t("groups.checking")}</p>
      )}
    </Confirm>
  );
}

function Preview({ group, source }: { group: Group; source: string }) {
  const { t } = useText();
  const titles = useTitles();
  const other = useQuery(DirectoryService.method.getGroup, { name: `groups/${source}` }).data?.group;
  const session = `sessions/${source}`;
  const tasks = useQuery(TaskService.method.listTrackTasks, { session, open: true, pageSize: 500 }).data?.trackTasks;
  const alerts = useQuery(AlertService.method.listAlerts, {
    session,
    states: [AlertState.OPEN, AlertState.ACKNOWLEDGED],
    pageSize: 500,
  }).data?.alerts;
  if (!other || !tasks || !alerts) return <p role="status">{t("groups.checking")}</p>;
  const stays = group.title || group.id;
  const lines = [
    t("groups.moveNames", { count: other.aliases.length, group: stays }),
    t("groups.moveTasks", { count: tasks.length }),
    t("groups.moveAlerts", { count: alerts.length }),
    t("groups.vanish", { group: other.title || titles.group(source) }),
  ];
  return (
    <section aria-live="polite" className="rounded-card border bg-sunken px-3 py-2">
      <h3 className="mb-1 text-[13px] font-semibold">{t("groups.preview")}</h3>
      <ul className="flex flex-col gap-0.5 text-[13px]">
        {lines.map((line) => (
          <li key={line} className="flex items-start gap-1.5">
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-faint" aria-hidden /> {line}
          </li>
        ))}
      </ul>
    </section>
  );
}
