import { useState } from "react";
import { type Doc, nodeOf } from "@/graph/doc";
import { kindOf, portLabel } from "@/graph/kinds";
import type { Clash } from "@/graph/merge";
import { pick, useText } from "@/i18n";
import { fieldWords, valueWords } from "@/parts/field-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import type { Draft } from "./draft";

/** Conflict shows, side by side and in words, what two people changed differently, and lets the author choose each; nothing is lost before that. */
export function Conflict({ draft }: { draft: Draft }) {
  const { t } = useText();
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  if (draft.save.state !== "conflict") return null;
  const { save, history } = draft;
  const choose = (key: string, other: boolean) => {
    const next = new Set(theirs);
    other ? next.add(key) : next.delete(key);
    setTheirs(next);
  };
  return (
    <Dialog
      open
      wide
      onClose={() => {}}
      title={t("editor.conflict")}
      description={t("editor.conflictHint")}
      footer={
        <Button tone="primary" onClick={() => draft.resolve((key) => (theirs.has(key) ? "theirs" : "mine"))}>
          {t("editor.resolve")}
        </Button>
      }
    >
      <ul className="flex flex-col gap-4">
        {save.clashes.map((clash) => (
          <li key={clash.key}>
            <h3 className="mb-1 text-[13px] font-semibold">
              <Title clash={clash} mine={history.now} theirs={save.theirs} />
            </h3>
            <div className="grid gap-2 md:grid-cols-2">
              {([false, true] as const).map((other) => (
                <label
                  key={String(other)}
                  className={`block cursor-pointer rounded-card border p-2 ${theirs.has(clash.key) === other ? "border-primary ring-1 ring-primary" : ""}`}
                >
                  <span className="flex items-center gap-2 font-medium">
                    <input
                      type="radio"
                      name={clash.key}
                      checked={theirs.has(clash.key) === other}
                      onChange={() => choose(clash.key, other)}
                    />
                    {t(other ? "editor.theirs" : "editor.mine")}
                  </span>
                  <Side clash={clash} other={other} doc={other ? save.theirs : history.now} />
                </label>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Title({ clash, mine, theirs }: { clash: Clash; mine: Doc; theirs: Doc }) {
  const { t, lang } = useText();
  const node = (id: string) => nodeOf(mine, id) ?? nodeOf(theirs, id);
  if (clash.kind === "flow") return t("clash.flow", { field: fieldWords(clash.key, false, lang).label });
  const [from = "", port = ""] = clash.key.split(":");
  const found = node(from);
  const kind = found && kindOf(found);
  const name = found?.name || pick(kind?.spec.title, lang) || from;
  if (clash.kind === "node") return t("clash.node", { name });
  return t("clash.edge", { from: name, port: portLabel(kind?.name ?? "", port, lang) || t("editor.onError") });
}

type Json = Record<string, unknown>;

// The fields that the two sides have different; one side tells its own.
function Side({ clash, other, doc }: { clash: Clash; other: boolean; doc: Doc }) {
  const { t, lang } = useText();
  const [own, facing] = other ? [clash.theirs, clash.mine] : [clash.mine, clash.theirs];
  if (own === undefined) return <p className="mt-1 text-soft">{t("clash.gone")}</p>;
  if (clash.kind === "edge") {
    const { to = "" } = own as { to?: string };
    return <p className="mt-1">{t("clash.leads", { to: nodeOf(doc, to)?.name || to })}</p>;
  }
  if (clash.kind === "flow") {
    const { field } = fieldWords(clash.key, false, lang);
    return <p className="mt-1 whitespace-pre-wrap">{valueWords(JSON.stringify(own), field, lang) || "—"}</p>;
  }
  const rows = [...flat(own as Json)];
  const against = flat((facing ?? {}) as Json);
  const differs = rows.filter(([path, value]) => JSON.stringify(value) !== JSON.stringify(against.get(path)));
  const missing = [...against.keys()].filter((path) => !rows.some(([p]) => p === path)).map((p) => [p, ""] as const);
  return (
    <dl className="mt-1 flex max-h-60 flex-col gap-1 overflow-y-auto text-[13px]">
      {[...differs, ...missing].map(([path, value]) => {
        const { label, field } = fieldWords(path, true, lang);
        return (
          <div key={path}>
            <dt className="text-xs text-faint">{label}</dt>
            <dd className="whitespace-pre-wrap">
              {(value !== "" && valueWords(JSON.stringify(value), field, lang)) || "—"}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const plain = new Set(["id", "name", "note", "mode"]);
const isConfig = (key: string, value: unknown): value is Json =>
  !plain.has(key) && typeof value === "object" && value !== null && !Array.isArray(value);
const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

function flat(node: Json): Map<string, unknown> {
  return new Map(
    Object.entries(node).flatMap(([key, value]): [string, unknown][] =>
      isConfig(key, value)
        ? Object.entries(value).map(([f, v]) => [`${snake(key)}.${snake(f)}`, v])
        : [[snake(key), value]],
    ),
  );
}
