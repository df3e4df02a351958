import { type DemoCount, DemoService } from "@gen/flowdesk/v1/demo_service_pb";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";

const kinds = [
  "groups",
  "people",
  "robots",
  "flow_versions",
  "sessions",
  "messages",
  "turns",
  "instances",
  "commands",
  "tasks",
  "alerts",
  "facts",
  "answers",
] as const;

/** RemoveDemo asks before the demo data goes, and says how much of each kind it is. */
export default function RemoveDemo({ counts, onClose }: { counts: DemoCount[]; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  return (
    <Confirm
      open
      danger
      onClose={onClose}
      title={t("overview.demo.remove")}
      verb={t("overview.demo.remove")}
      onConfirm={() => act(client(DemoService).removeDemo({}), t("overview.demo.removed"))}
    >
      <p className="text-soft">{t("overview.demo.ask")}</p>
      <dl className="grid grid-cols-[max-content_1fr_max-content_1fr] gap-x-4 gap-y-1">
        {counts
          .filter(({ count }) => count > 0n)
          .map(({ kind, count }) => {
            const key = kinds.find((k) => k === kind);
            return (
              <div key={kind} className="contents">
                <dt className="text-faint">{key ? t(`overview.demo.kinds.${key}`) : kind}</dt>
                <dd className="font-medium tabular-nums">{String(count)}</dd>
              </div>
            );
          })}
      </dl>
    </Confirm>
  );
}
