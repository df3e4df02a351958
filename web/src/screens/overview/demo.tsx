import { useQuery } from "@connectrpc/connect-query";
import { type DemoCount, DemoService, DemoState } from "@gen/flowdesk/v1/demo_service_pb";
import { Database, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { usePoll } from "@/parts/poll";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";

// The dialog is rarely needed, and brings much along.
const RemoveDemo = lazy(() => import("./remove-demo"));

/** DemoData says whether what is on screen is demo data, makes it, and removes it exactly, after counting what would go. */
export function DemoData() {
  const { t } = useText();
  const act = useAct();
  const [counts, setCounts] = useState<DemoCount[]>();
  const every = usePoll(2_000);
  // Only data on its way changes by itself, and a server that keeps no demo is not asked again.
  const { data } = useQuery(
    DemoService.method.getDemo,
    {},
    { refetchInterval: ({ state }) => state.data?.demo?.state === DemoState.FILLING && every, retry: false },
  );
  const demo = data?.demo;
  const demos = client(DemoService);
  const tell = (error: unknown) => toastFailure(error);
  if (!demo || demo.state === DemoState.UNSPECIFIED) return null;
  const filling = demo.state === DemoState.FILLING;
  const absent = demo.state === DemoState.ABSENT;
  const ask = async () => setCounts((await demos.removeDemo({ validateOnly: true })).demo?.counts ?? []);
  return (
    <section
      aria-label={t("overview.demo.title")}
      className="order-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-card border border-dashed px-4 py-2.5 text-[13px] text-soft"
    >
      <Database className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 basis-60" aria-live="polite">
        {filling
          ? t("overview.demo.filling", { percent: demo.percent })
          : absent
            ? t("overview.demo.absent")
            : demo.state === DemoState.FAILED
              ? `${t("overview.demo.failed")} ${demo.error}`
              : t("overview.demo.filled")}
      </p>
      {absent && (
        <Button size="small" onClick={() => void act(demos.loadDemo({}), t("overview.demo.loading")).catch(tell)}>
          {t("overview.demo.load")}
        </Button>
      )}
      {!absent && !filling && (
        <Button size="small" onClick={() => void ask().catch(tell)}>
          <Trash2 /> {t("overview.demo.remove")}
        </Button>
      )}
      {counts && (
        <Suspense fallback={null}>
          <RemoveDemo counts={counts} onClose={() => setCounts(undefined)} />
        </Suspense>
      )}
    </section>
  );
}
