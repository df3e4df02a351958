import type { DescMethod } from "@bufbuild/protobuf";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AuditService } from "@gen/flowdesk/v1/audit_service_pb";
import {
  Activity,
  BellRing,
  Bot,
  ChartColumn,
  Contact,
  Gauge,
  KeyRound,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  PlayCircle,
  ScrollText,
  Send,
  Settings,
  Sparkles,
  Users,
  Workflow,
} from "lucide-react";
import { useMay } from "@/api/me";
import type { Messages } from "@/i18n/zh";

/** Place is one entry of the navigation. */
export interface Place {
  to: string;
  text: keyof Messages["nav"];
  icon: LucideIcon;
  /** True when the places below it are not it. */
  end?: boolean;
  /** Method without which the screen shows nothing: who may not call it does not see the entry. */
  needs?: DescMethod;
}

/** places are the groups of the navigation, in order. */
export const places: { group: keyof Messages["nav"]; places: Place[] }[] = [
  { group: "workbench", places: [{ to: "/", text: "overview", icon: Gauge, end: true }] },
  {
    group: "conversations",
    places: [
      { to: "/sessions", text: "sessions", icon: MessagesSquare },
      { to: "/tasks", text: "tasks", icon: ListChecks },
      { to: "/alerts", text: "alerts", icon: BellRing },
    ],
  },
  {
    group: "automation",
    places: [
      { to: "/simulator", text: "simulator", icon: PlayCircle },
      { to: "/flows", text: "flows", icon: Workflow },
      { to: "/instances", text: "instances", icon: Activity },
      { to: "/commands", text: "commands", icon: Send },
    ],
  },
  {
    group: "resources",
    places: [
      { to: "/robots", text: "robots", icon: Bot },
      { to: "/groups", text: "groups", icon: Users },
      { to: "/people", text: "people", icon: Contact },
    ],
  },
  {
    group: "insight",
    places: [
      { to: "/analytics", text: "analytics", icon: ChartColumn },
      { to: "/ai", text: "ai", icon: Sparkles },
    ],
  },
  {
    group: "setup",
    places: [
      { to: "/settings", text: "settings", icon: Settings, end: true },
      { to: "/settings/members", text: "members", icon: KeyRound, needs: AccessService.method.listUsers },
      { to: "/audit", text: "audit", icon: ScrollText, needs: AuditService.method.listAuditRecords },
    ],
  },
];

/** usePlaces are those that the reader may open. */
export function usePlaces(): typeof places {
  const may = useMay();
  return places.map((group) => ({
    ...group,
    places: group.places.filter((place) => !place.needs || may(place.needs)),
  }));
}
