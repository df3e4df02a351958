import { NodeFamily } from "@gen/flowdesk/v1/options_pb";
import { Box, Cog, Headset, type LucideIcon, Megaphone, MessageCircle, Waypoints, Wrench, Zap } from "lucide-react";

const icons: Record<number, LucideIcon> = {
  [NodeFamily.TRIGGER]: Zap,
  [NodeFamily.MESSAGE]: Cog,
  [NodeFamily.OPERATOR]: Megaphone,
  [NodeFamily.STAFF]: Headset,
  [NodeFamily.AFTER_SALES]: Wrench,
  [NodeFamily.REPLY]: MessageCircle,
  [NodeFamily.SESSION]: Waypoints,
  [NodeFamily.GENERAL]: Box,
};

/** FamilyIcon is the icon of a family of nodes. */
export function FamilyIcon({ family, className }: { family: NodeFamily | undefined; className?: string }) {
  const Icon = icons[family ?? NodeFamily.GENERAL] ?? Box;
  return <Icon className={className} aria-hidden />;
}

/** tints are the colours of frames and notes, by the names that a flow file has for them. */
export const tints: Readonly<Record<string, string>> = {
  slate: "var(--family-message)",
  amber: "var(--family-operator)",
  teal: "var(--family-staff)",
  pink: "var(--family-after-sales)",
  blue: "var(--family-reply)",
  lime: "var(--family-session)",
  violet: "var(--family-trigger)",
};

/** tint is one of them; a name that nobody knows is slate. */
export function tint(name: string): string {
  return tints[name] ?? "var(--family-message)";
}
