import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRoleSchema } from "@gen/flowdesk/v1/resource_access_pb";
import { useQueryClient } from "@tanstack/react-query";
import { CircleUser, KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { enumLabel } from "@/api/labels";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { NewPassword, passwordFits } from "@/parts/password";
import { lastPart } from "@/parts/titles";
import { toast, toastFailure } from "@/parts/toast";
import { forgetDrafts } from "@/parts/unsent";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Menu } from "@/ui/menu";

/** Account says who is signed in, and lets them change their password and leave. Where nobody is asked it is not there. */
export function Account() {
  const { t, lang } = useText();
  const { data: me } = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  if (!me || me.open) return null;
  const leave = async () => {
    await client(AccessService).signOut({});
    forgetDrafts();
    await navigate("/signin");
    queries.clear();
  };
  const title = me.title || lastPart(me.name);
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="small" aria-label={t("access.account", { who: title })}>
            <CircleUser /> <span className="max-w-32 truncate max-md:hidden">{title}</span>
          </Button>
        }
        items={[
          {
            label: `${lastPart(me.name)} · ${enumLabel(AccessRoleSchema, me.role, lang)}`,
            icon: <CircleUser />,
            disabled: true,
            onSelect: () => undefined,
          },
          "line",
          { label: t("access.changePassword"), icon: <KeyRound />, onSelect: () => setChanging(true) },
          {
            label: t("access.signOut"),
            icon: <LogOut />,
            onSelect: () => void leave().catch((error: unknown) => toastFailure(error)),
          },
        ]}
      />
      {changing && <ChangePassword user={lastPart(me.name)} onClose={() => setChanging(false)} />}
    </>
  );
}

function ChangePassword({ user, onClose }: { user: string; onClose: () => void }) {
  const { t } = useText();
  const { refetch } = useMe();
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const change = async () => {
    try {
      await client(AccessService).changePassword({ oldPassword: old, newPassword: password });
    } catch (error) {
      void refetch(); // the session itself may have ended
      throw error;
    }
    toast(t("access.passwordChanged"));
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("access.changePassword")}
      verb={t("access.changePassword")}
      disabled={old === "" || !passwordFits(password, again)}
      onConfirm={change}
    >
      <p className="text-soft">{t("access.changeHint")}</p>
      <input hidden autoComplete="username" readOnly value={user} />
      <Field label={t("access.oldPassword")}>
        {(p) => (
          <Input
            {...p}
            type="password"
            autoComplete="current-password"
            value={old}
            onChange={(e) => setOld(e.target.value)}
          />
        )}
      </Field>
      <NewPassword password={password} again={again} onPassword={setPassword} onAgain={setAgain} />
    </Confirm>
  );
}
