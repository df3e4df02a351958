import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { InstanceService } from "@gen/flowdesk/v1/instance_service_pb";
import type { Instance } from "@gen/flowdesk/v1/resource_instance_pb";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useGate } from "@/parts/gate";
import { lastPart } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field, Select } from "@/ui/field";

/** Retry runs a failed run again from the node that failed, on the version that failed or on one in which that is mended. */
export function Retry({ instance }: { instance: Instance }) {
  const { t } = useText();
  const act = useAct();
  const navigate = useNavigate();
  const gate = useGate(InstanceService.method.retryInstance);
  const [asking, setAsking] = useState(false);
  const [version, setVersion] = useState(0);
  const versions = useQuery(
    FlowService.method.listFlowVersions,
    { parent: `flows/${lastPart(instance.flow)}`, pageSize: 50 },
    { enabled: asking },
  ).data?.flowVersions;
  const retry = async (reason: string) => {
    let next = "";
    await act(
      client(InstanceService)
        .retryInstance({ name: instance.name, version, reason })
        .then((answer) => {
          next = answer.instance?.id ?? "";
        }),
      t("console.retried"),
    );
    if (next) await navigate(`/instances/${next}`);
  };
  return (
    <>
      <Button tone="primary" {...gate} onClick={() => setAsking(true)}>
        <RotateCcw /> {t("console.retry")}
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t("console.retryFrom", { node: instance.failedNode })}
        verb={t("console.retry")}
        reason
        onConfirm={retry}
      >
        <p className="text-soft">{t("console.retryHint")}</p>
        <Field label={t("console.retryVersion")}>
          {(p) => (
            <Select {...p} value={version} onChange={(e) => setVersion(Number(e.target.value))}>
              <option value={0}>{t("console.retrySame", { version: instance.version })}</option>
              {versions
                ?.filter((v) => v.version !== instance.version)
                .map((v) => (
                  <option key={v.version} value={v.version}>
                    v{v.version} {v.active ? t("console.live") : ""} {v.note}
                  </option>
                ))}
            </Select>
          )}
        </Field>
      </Confirm>
    </>
  );
}
