import { Link } from "react-router";
import { useText } from "@/i18n";
import { lastPart, useTitles } from "./titles";

// Where a resource is seen, by its collection.
const places = {
  flows: (id: string) => `/flows/${id}/edit`,
  versions: undefined,
  instances: (id: string) => `/instances/${id}`,
  commands: (id: string) => `/commands?open=${id}`,
  alerts: (id: string) => `/alerts?state=all&open=${id}`,
  jobs: (id: string) => `/jobs/${id}`,
  trackTasks: (id: string) => `/tasks?open=${id}`,
  sessions: (id: string) => `/sessions/${id}`,
  messages: (id: string) => `/messages/${id}`,
  groups: (id: string) => `/groups?open=${id}`,
  people: (id: string) => `/people?open=${id}`,
  robots: (id: string) => `/robots?open=${id}`,
  users: undefined,
  apiKeys: undefined,
  secrets: undefined,
  settings: () => "/settings",
  modelProviders: () => "/ai?view=models",
  testCases: undefined,
  quarantinedEvents: (id: string) => `/events?open=${id}`,
} as const;

const isKind = (kind: string): kind is keyof typeof places => Object.hasOwn(places, kind);

/** Thing names a resource as people know it, what it is and which, and leads to where it is seen. A title stands for its id where it is known. */
export function Thing({ name, title: given = "" }: { name: string; title?: string }) {
  const { t } = useText();
  const titles = useTitles();
  if (!name) return <>—</>;
  const parts = name.split("/");
  const kind = (parts.length > 1 ? parts.at(-2) : parts[0]) ?? "";
  if (!isKind(kind)) return <span className="break-all">{name}</span>;
  const id = parts.length > 1 ? lastPart(name) : "";
  const title =
    given ||
    (kind === "groups" || kind === "sessions"
      ? titles.group(id)
      : kind === "people"
        ? titles.person(id)
        : kind === "robots"
          ? titles.robot(id)
          : id);
  const to =
    kind === "versions"
      ? `/flows/${encodeURIComponent(parts[1] ?? "")}/versions`
      : places[kind]?.(encodeURIComponent(id));
  return (
    <span title={name}>
      {kind !== "settings" && <span className="text-faint">{t(`things.${kind}`)} </span>}
      {to ? (
        <Link className="break-all text-primary underline underline-offset-2" to={to}>
          {kind === "settings" ? t("nav.settings") : title}
        </Link>
      ) : (
        <span className="break-all">{title}</span>
      )}
    </span>
  );
}
