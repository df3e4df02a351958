import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { useState } from "react";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { NewPassword, passwordFits } from "@/parts/password";
import { toast } from "@/parts/toast";
import { Field, Input } from "@/ui/field";

/** ChangePassword changes the reader's own password. */
export default function ChangePassword({ user, onClose }: { user: string; onClose: () => void }) {
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
