import type { Robot, WebhookUris } from "@gen/flowdesk/v1/resource_robot_pb";
import { TriangleAlert } from "lucide-react";
import { useText } from "@/i18n";
import { Id } from "@/parts/id";

/** callbackKinds are the callbacks of a robot in the order in which one registers them, with the platform's number of each. */
export const callbackKinds = [
  { kind: "message", type: 11 },
  { kind: "result", type: 1 },
  { kind: "online", type: 5 },
  { kind: "offline", type: 6 },
  { kind: "qr_code", type: 0 },
] as const;

/** addressOf is a robot's callback address of a kind. */
export function addressOf(uris: WebhookUris | undefined, kind: (typeof callbackKinds)[number]["kind"]): string {
  return uris?.[kind === "qr_code" ? "qrCode" : kind] ?? "";
}

/** isPrivate tells that an address can be reached from this machine or network only, so that no platform outside can call it. */
export function isPrivate(address: string): boolean {
  try {
    const { hostname } = new URL(address);
    return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(hostname);
  } catch {
    return true;
  }
}

/** Addresses are the callback addresses of a robot, to copy. */
export function Addresses({ robot }: { robot: Robot }) {
  const { t } = useText();
  return (
    <div className="flex flex-col gap-3">
      <p className="text-soft">{t("robots.addressesHint")}</p>
      <PrivateWarning address={addressOf(robot.webhookUris, "message")} />
      <dl className="flex flex-col gap-2">
        {callbackKinds.map(({ kind, type }) => (
          <div key={kind} className="rounded-card border px-3 py-2">
            <dt className="text-[13px] font-medium">
              {t(`robots.kinds.${kind}`)} <span className="font-normal text-faint">{t("robots.type", { type })}</span>
            </dt>
            <dd>
              <Id value={addressOf(robot.webhookUris, kind)} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** PrivateWarning says that a platform outside cannot reach an address, and what to do. */
export function PrivateWarning({ address }: { address: string }) {
  const { t } = useText();
  if (!isPrivate(address)) return null;
  return (
    <p className="flex items-start gap-2 rounded-card border border-warn/60 bg-warn/5 px-3 py-2 text-[13px]">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
      <span>{t("robots.private")}</span>
    </p>
  );
}
