import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import type { ApiKey } from "@gen/flowdesk/v1/resource_access_pb";
import { CircleSlash, Ellipsis, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { Button } from "@/ui/button";
import { Field, Select } from "@/ui/field";
import { Menu } from "@/ui/menu";
import { KeyOnce } from "./create";

const hour = 3_600_000;
const overlaps = [
  [0, "overlapNone"],
  [hour, "overlapHour"],
  [24 * hour, "overlapDay"],
  [7 * 24 * hour, "overlapWeek"],
] as const;

/** KeyMenu is what can be done with a key. */
export function KeyMenu({ apiKey, over }: { apiKey: ApiKey; over: boolean }) {
  const { t } = useText();
  const act = useAct();
  const may = useMay();
  const [asked, setAsked] = useState<"rotate" | "revoke">();
  const close = () => setAsked(undefined);
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          {
            label: t("keys.rotate"),
            icon: <RefreshCw />,
            disabled: over || !may(AccessService.method.rotateApiKey),
            onSelect: () => setAsked("rotate"),
          },
          {
            label: t("keys.revoke"),
            icon: <CircleSlash />,
            danger: true,
            disabled: apiKey.revokeTime !== undefined || !may(AccessService.method.revokeApiKey),
            onSelect: () => setAsked("revoke"),
          },
        ]}
      />
      {asked === "rotate" && <Rotate apiKey={apiKey} onClose={close} />}
      {asked === "revoke" && (
        <Confirm
          open
          onClose={close}
          title={`${t("keys.revoke")} · ${apiKey.title}`}
          verb={t("keys.revoke")}
          danger
          onConfirm={() => act(client(AccessService).revokeApiKey({ name: apiKey.name }), t("keys.revokedDone"))}
        >
          <p className="text-soft">{t("keys.revokeAsk")}</p>
        </Confirm>
      )}
    </>
  );
}

function Rotate({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [overlap, setOverlap] = useState<number>(24 * hour);
  const [secret, setSecret] = useState("");
  const rotate = async () => {
    const answer = await client(AccessService).rotateApiKey({ name: apiKey.name, overlap: durationFromMs(overlap) });
    setSecret(answer.secret);
    await act(Promise.resolve());
  };
  if (secret) return <KeyOnce title={apiKey.title} secret={secret} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={() => undefined}
      onCancel={onClose}
      title={`${t("keys.rotate")} · ${apiKey.title}`}
      verb={t("keys.rotate")}
      onConfirm={rotate}
    >
      <p className="text-soft">{t("keys.rotateAsk")}</p>
      <Field label={t("keys.overlap")}>
        {(p) => (
          <Select {...p} value={overlap} onChange={(e) => setOverlap(Number(e.target.value))}>
            {overlaps.map(([ms, text]) => (
              <option key={ms} value={ms}>
                {t(`keys.${text}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Confirm>
  );
}
