import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import type { User } from "@gen/flowdesk/v1/resource_access_pb";
import { CircleCheck, CircleSlash, Ellipsis, KeyRound, Pencil } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { newPassword } from "@/parts/password";
import { lastPart } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";
import { EditMember, Handed } from "./edit";

/** MemberMenu is what can be done with a user. */
export function MemberMenu({ user }: { user: User }) {
  const { t } = useText();
  const may = useMay();
  const [asked, setAsked] = useState<"edit" | "reset" | "disable">();
  const close = () => setAsked(undefined);
  const fixed = !may(AccessService.method.updateUser);
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          { label: t("do.edit"), icon: <Pencil />, disabled: fixed, onSelect: () => setAsked("edit") },
          {
            label: t("members.reset"),
            icon: <KeyRound />,
            disabled: !may(AccessService.method.resetPassword),
            onSelect: () => setAsked("reset"),
          },
          "line",
          {
            label: t(user.disabled ? "members.enable" : "members.disable"),
            icon: user.disabled ? <CircleCheck /> : <CircleSlash />,
            danger: !user.disabled,
            disabled: fixed,
            onSelect: () => setAsked("disable"),
          },
        ]}
      />
      {asked === "edit" && <EditMember user={user} onClose={close} />}
      {asked === "reset" && <Reset user={user} onClose={close} />}
      {asked === "disable" && <Disable user={user} onClose={close} />}
    </>
  );
}

function Disable({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const verb = t(user.disabled ? "members.enable" : "members.disable");
  const change = () =>
    act(
      client(AccessService).updateUser({
        user: { name: user.name, etag: user.etag, disabled: !user.disabled },
        updateMask: { paths: ["disabled"] },
      }),
      t(user.disabled ? "members.enabledDone" : "members.disabledDone"),
    );
  return (
    <Confirm
      open
      onClose={onClose}
      title={`${verb} · ${user.title || lastPart(user.name)}`}
      verb={verb}
      danger={!user.disabled}
      onConfirm={change}
    >
      {!user.disabled && <p className="text-soft">{t("members.disableAsk")}</p>}
    </Confirm>
  );
}

function Reset({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText();
  const [password] = useState(newPassword);
  const [made, setMade] = useState(false);
  const id = lastPart(user.name);
  if (made)
    return <Handed title={t("members.resetDone", { user: id })} user={id} password={password} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={() => undefined}
      onCancel={onClose}
      title={`${t("members.reset")} · ${user.title || id}`}
      verb={t("members.reset")}
      danger
      onConfirm={() =>
        client(AccessService)
          .resetPassword({ name: user.name, password })
          .then(() => setMade(true))
      }
    >
      <p className="text-soft">{t("members.resetAsk")}</p>
    </Confirm>
  );
}
