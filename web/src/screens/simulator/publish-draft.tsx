import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { Rocket } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { useGate } from "@/parts/gate";
import { Publish, sayPublished } from "@/parts/publish";
import { Button } from "@/ui/button";

/** PublishDraft publishes what was tried on the draft, and shows it live. */
export function PublishDraft({ flow, onPublished }: { flow: string; onPublished: () => void }) {
  const { t } = useText();
  const gate = useGate(FlowService.method.publishFlow);
  const [open, setOpen] = useState(false);
  const { data, refetch } = useQuery(FlowService.method.getFlow, { name: `flows/${flow}` });
  const list = useQuery(FlowService.method.listFlows, { pageSize: 200 });
  const changed = async () => {
    await Promise.all([refetch(), list.refetch()]);
    onPublished();
  };
  return (
    <>
      <Button tone="primary" {...gate} onClick={() => void refetch().then(() => setOpen(true))}>
        <Rocket /> {t("editor.publish")}
      </Button>
      {open && data?.flow && (
        <Publish
          flow={data.flow}
          title={data.flow.definition?.title ?? flow}
          revision={data.flow.revision}
          onPublished={async (version, before) => {
            await changed();
            sayPublished(t, data.flow?.name ?? flow, version, before, changed);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
