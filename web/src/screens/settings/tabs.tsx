import type { DescMethod } from "@bufbuild/protobuf";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AuditService } from "@gen/flowdesk/v1/audit_service_pb";
import { NavLink } from "react-router";
import { useMay } from "@/api/me";
import { useText } from "@/i18n";
import type { Messages } from "@/i18n/zh";
import { cn } from "@/ui/cn";

const tabs: { to: string; text: keyof Messages["access"]["tabs"]; needs?: DescMethod }[] = [
  { to: "/settings", text: "rules" },
  { to: "/settings/members", text: "members", needs: AccessService.method.listUsers },
  { to: "/settings/keys", text: "keys", needs: AccessService.method.listApiKeys },
  { to: "/settings/secrets", text: "secrets", needs: AccessService.method.listSecrets },
  { to: "/audit", text: "audit", needs: AuditService.method.listAuditRecords },
];

/** SettingsTabs leads from each page of the settings to the others that the reader may open. */
export function SettingsTabs() {
  const { t } = useText();
  const may = useMay();
  const shown = tabs.filter((tab) => !tab.needs || may(tab.needs));
  if (shown.length < 2) return null;
  return (
    <nav aria-label={t("nav.settings")} className="flex gap-1 overflow-x-auto border-b">
      {shown.map((tab) => (
        <NavLink
          key={tab.to}
          to={tab.to}
          end
          className={({ isActive }) =>
            cn(
              "-mb-px border-b-2 border-transparent px-2 py-2 whitespace-nowrap text-soft hover:text-ink",
              isActive && "border-primary font-medium text-ink",
            )
          }
        >
          {t(`access.tabs.${tab.text}`)}
        </NavLink>
      ))}
    </nav>
  );
}
