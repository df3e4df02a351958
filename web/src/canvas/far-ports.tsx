import { Handle, Position } from "@xyflow/react";
import type { Port } from "@/graph/kinds";
import { pick, useText } from "@/i18n";

const largest = 44;

/** FarPorts are the outputs of a node seen from afar: side by side over its whole height, so that a wire can be drawn without going near. */
export function FarPorts({ ports, height }: { ports: readonly Port[]; height: number }) {
  const { lang } = useText();
  const room = height / Math.max(1, ports.length);
  const size = Math.min(largest, room);
  return ports.map((port, i) => (
    <Handle
      key={port.name}
      type="source"
      position={Position.Right}
      id={port.name}
      title={pick(port.label, lang) || port.name}
      className="!rounded-full !border-2 !border-primary !bg-surface"
      style={{
        width: size,
        height: size,
        top: room * (i + 0.5) - size / 2,
        right: -size / 2,
        transform: "none",
      }}
    />
  ));
}
