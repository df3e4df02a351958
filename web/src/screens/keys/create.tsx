import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRole, ApiKeySchema } from "@gen/flowdesk/v1/resource_access_pb";
import { useState } from "react";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { GroupsField, Picked } from "@/forms/picked";
import { machines, RoleField } from "@/forms/role-field";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { OneTime } from "@/parts/one-time";
import { Field, Input, Select } from "@/ui/field";

const lengths = [7, 30, 90, 180, 365];
const day = 86_400_000;

/** CreateKey makes a key for another system and shows it once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [key, setKey] = useState(() => create(ApiKeySchema, { role: AccessRole.SERVICE }));
  const [days, setDays] = useState(90);
  const [secret, setSecret] = useState("");
  const make = async () => {
    const expireTime = timestampFromMs(Date.now() + days * day);
    const answer = await client(AccessService).createApiKey({ apiKey: { ...key, expireTime } });
    setSecret(answer.secret);
    await act(Promise.resolve());
  };
  if (secret) return <KeyOnce title={key.title} secret={secret} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={() => undefined}
      onCancel={onClose}
      title={t("keys.create")}
      verb={t("keys.create")}
      disabled={key.title.trim() === ""}
      onConfirm={make}
    >
      <Field label={t("keys.titleField")} help={t("keys.titleHelp")}>
        {(p) => (
          <Input {...p} maxLength={200} value={key.title} onChange={(e) => setKey({ ...key, title: e.target.value })} />
        )}
      </Field>
      <RoleField role={key.role} roles={machines} onChange={(role) => setKey({ ...key, role })} />
      <GroupsField groups={key.groups} onChange={(groups) => setKey({ ...key, groups })} />
      <Methods methods={key.methods} onChange={(methods) => setKey({ ...key, methods })} />
      <Field label={t("keys.expires")}>
        {(p) => (
          <Select {...p} value={days} onChange={(e) => setDays(Number(e.target.value))}>
            {lengths.map((n) => (
              <option key={n} value={n}>
                {t("keys.days", { count: n })}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Confirm>
  );
}

function Methods({ methods, onChange }: { methods: string[]; onChange: (next: string[]) => void }) {
  const { t } = useText();
  const { data: me } = useMe();
  const known = (me?.methods ?? []).filter((m) => /^([A-Za-z]+Service\.[A-Za-z]+|\/[a-z/]+)$/.test(m));
  const services = new Map<string, string[]>();
  for (const m of known) {
    const service = m.slice(0, Math.max(0, m.indexOf(".")));
    services.set(service, [...(services.get(service) ?? []), m]);
  }
  return (
    <Picked
      label={t("keys.methods")}
      help={t("keys.methodsHelp")}
      add={t("keys.addMethod")}
      none={t("keys.allMethods")}
      chosen={methods}
      title={(m) => m}
      onChange={onChange}
    >
      {[...services].map(([service, names]) => (
        <optgroup key={service} label={service || "HTTP"}>
          {service && <option value={`${service}.*`}>{t("keys.allOf", { service })}</option>}
          {names.map((m) => (
            <option key={m} value={m}>
              {m}
            </option>
          ))}
        </optgroup>
      ))}
    </Picked>
  );
}

/** KeyOnce shows a key, which is never shown again, and how it is sent. */
export function KeyOnce({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }) {
  const { t } = useText();
  return (
    <OneTime title={t("keys.secret", { title })} text={secret} onClose={onClose}>
      <p className="text-soft">
        {t("keys.use")} <code className="font-mono text-[12px]">Authorization: Bearer …</code>
      </p>
    </OneTime>
  );
}
