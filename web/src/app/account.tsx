import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRoleSchema } from "@gen/flowdesk/v1/resource_access_pb";
import { useQueryClient } from "@tanstack/react-query";
import { CircleUser, KeyRound, LogOut } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { enumLabel } from "@/api/labels";
import { useMe } from "@/api/me";
import { problem } from "@/api/problem";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { lastPart } from "@/parts/name";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";

const ChangePassword = lazy(() => import("./change-password"));

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
            onSelect: () => void leave().catch((error: unknown) => toast(problem(error).message)),
          },
        ]}
      />
      {changing && (
        <Suspense>
          <ChangePassword user={lastPart(me.name)} onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </>
  );
}
