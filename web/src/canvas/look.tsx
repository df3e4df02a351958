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
