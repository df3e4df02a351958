import { useState } from "react";
import { type Doc, nodeOf, portOf } from "@/graph/doc";
import { whyNotConnect } from "@/graph/edit";
import { failed, kindOf, portsOf } from "@/graph/kinds";
import { inOrder } from "@/graph/order";
import { freePort } from "@/graph/walk";
import { pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Input, Select } from "@/ui/field";
import { useFinder } from "@/ui/finder";

/** ConnectTo leads a port to a node by keyboard alone: the port, a few letters of the target, Enter. What cannot be says why. */
export function ConnectTo({
  doc,
  from,
  onConnect,
  onClose,
}: {
  doc: Doc;
  from: string;
  onConnect: (port: string, to: string) => void;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const node = nodeOf(doc, from);
  const ports = node ? portsOf(node) : [];
  const [port, setPort] = useState(() => freePort(doc, from)?.port ?? ports[0]?.name ?? failed);
  const [typed, setTyped] = useState("");
  const [marked, setMarked] = useState(0);
  const named = (id: string) => {
    const other = nodeOf(doc, id);
    return (other && (other.name || pick(kindOf(other)?.spec.title, lang))) || id;
  };
  const finds = useFinder(typed);
  const found = inOrder(doc)
    .map(({ id }) => ({ id, name: named(id), refused: whyNotConnect(doc, from, port, id) }))
    .filter((o) => o.id !== from && finds(o.name, o.id));
  const open = found.filter((o) => !o.refused);
  const chosen = open[Math.min(marked, open.length - 1)];
  const now = doc.definition.edges.find((e) => e.from === from && portOf(e) === port)?.to;
  return (
    <Dialog open onClose={onClose} title={t("drawing.connectFrom", { node: named(from) })}>
      <div className="flex gap-2">
        <Select aria-label={t("editor.port")} value={port} onChange={(e) => setPort(e.target.value)}>
          {[...ports, { name: failed, label: undefined }].map((p) => (
            <option key={p.name} value={p.name}>
              {p.name === failed ? t("editor.onError") : pick(p.label, lang) || p.name}
            </option>
          ))}
        </Select>
        <Input
          autoFocus
          type="search"
          aria-label={t("drawing.target")}
          placeholder={t("drawing.target")}
          value={typed}
          onChange={(e) => {
            setTyped(e.target.value);
            setMarked(0);
          }}
          onKeyDown={(e) => {
            if (e.nativeEvent.isComposing) return;
            if (e.key === "ArrowDown") setMarked(Math.min(marked + 1, open.length - 1));
            else if (e.key === "ArrowUp") setMarked(Math.max(marked - 1, 0));
            else if (e.key === "Enter" && chosen) onConnect(port, chosen.id);
            else return;
            e.preventDefault();
          }}
        />
      </div>
      {now && <p className="mt-2 text-xs text-faint">{t("drawing.now", { node: named(now) })}</p>}
      <ul className="mt-2 max-h-80 overflow-y-auto">
        {found.map((o) => (
          <li key={o.id}>
            <button
              type="button"
              disabled={o.refused !== undefined}
              onClick={() => onConnect(port, o.id)}
              className={cn(
                "flex w-full justify-between gap-4 rounded-control px-2 py-1.5 text-left disabled:opacity-50",
                o === chosen && "bg-primary-soft",
              )}
            >
              {o.name}
              <span className="text-xs text-faint">{o.refused ? t(`drawing.refused.${o.refused}`) : o.id}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
