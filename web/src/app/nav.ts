import {
  Activity,
  BellRing,
  Bot,
  ChartColumn,
  Contact,
  Gauge,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  PlayCircle,
  Send,
  Settings,
  Sparkles,
  Users,
  Workflow,
} from "lucide-react";
import type { Messages } from "@/i18n/zh";

/** Place is one entry of the navigation. */
export interface Place {
  to: string;
  text: keyof Messages["nav"];
  icon: LucideIcon;
}

/** places are the groups of the navigation, in order. */
export const places: { group: keyof Messages["nav"]; places: Place[] }[] = [
  { group: "workbench", places: [{ to: "/", text: "overview", icon: Gauge }] },
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
  { group: "setup", places: [{ to: "/settings", text: "settings", icon: Settings }] },
];
