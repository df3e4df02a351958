import { VariableTypeSchema } from "@gen/flowdesk/v1/definition_pb";
import { Copy } from "lucide-react";
import { useMemo, useState } from "react";
import { enumLabel } from "@/api/labels";
import { type Doc, nodeOf } from "@/graph/doc";
import { usesOf, type Value, valuesFor } from "@/graph/values";
import { joined, useText } from "@/i18n";
import { copyText } from "@/parts/copy";
import { toast } from "@/parts/toast";
import { Input } from "@/ui/field";
import type { Trying } from "./trying";

const nameOf = (doc: Doc, id: string) => nodeOf(doc, id)?.name || id;

/** ValuesPanel lists the flow's variables with who writes and reads them, and what expressions of the selected node can read, with what the trial gave. */
export function ValuesPanel({
  trying,
  onOpen,
}: {
  trying: Pick<Trying, "doc" | "only" | "steps" | "debug">;
  onOpen: (node: string) => void;
}) {
  const { t } = useText();
  const { doc, only, steps, debug } = trying;
  const [typed, setTyped] = useState("");
  const node = only && nodeOf(doc, only) ? only : undefined;
  const all = useMemo(() => valuesFor(doc, node, steps, debug), [doc, node, steps, debug]);
  const word = typed.trim().toLowerCase();
  const groups = all
    .map((g) => ({
      ...g,
      values: g.values.filter((v) => !word || v.path.includes(word) || v.json?.toLowerCase().includes(word)),
    }))
    .filter((g) => g.values.length > 0);
  return (
    <div className="flex flex-col gap-3 p-3 text-[13px]">
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          className="max-w-64"
          aria-label={t("drawer.search")}
          placeholder={t("drawer.search")}
          value={typed}
          onChange={(e) => setTyped(e.target.value)}
        />
        <p className="text-xs text-faint">{t("drawer.valuesHint")}</p>
      </div>
      <Variables doc={doc} onOpen={onOpen} />
      {groups.length === 0 && <p className="text-soft">{t("drawer.nothingFound")}</p>}
      {groups.map((g) => (
        <details key={g.root + g.node} open={word !== "" || g.values.some((v) => v.json !== undefined)}>
          <summary className="cursor-pointer font-medium">
            {g.root === "nodes" ? t("drawer.outputs", { node: nameOf(doc, g.node) }) : t(`drawer.${g.root}`)}{" "}
            <span className="text-xs font-normal text-faint">{g.values.length}</span>
          </summary>
          <Rows values={g.values} />
        </details>
      ))}
    </div>
  );
}

function Rows({ values }: { values: Value[] }) {
  const { t } = useText();
  const copy = async (path: string) => {
    if (await copyText(path)) toast(t("drawer.copied", { path }));
  };
  return (
    <ul className="mt-1 divide-y">
      {values.map((v) => (
        <li key={v.path} className="flex flex-wrap items-baseline gap-x-3 py-0.5 pl-4">
          <button
            type="button"
            aria-label={t("drawer.copyExpression", { path: v.path })}
            className="group inline-flex items-center gap-1 font-mono text-xs text-primary hover:underline max-md:min-h-10"
            onClick={() => void copy(v.path)}
          >
            {v.path} <Copy className="size-3.5 text-faint" aria-hidden />
          </button>
          <span className="text-xs text-faint">{v.type}</span>
          {v.json !== undefined && (
            <span className="max-h-24 min-w-0 flex-1 overflow-y-auto font-mono text-xs break-all">{v.json || "—"}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Variables({ doc, onOpen }: { doc: Doc; onOpen: (node: string) => void }) {
  const { t, lang } = useText();
  const { variables } = doc.definition;
  const uses = useMemo(() => variables.map((v) => usesOf(doc, v.name)), [doc, variables]);
  const links = (ids: string[]) =>
    ids.map((id) => (
      <button key={id} type="button" className="mr-2 text-primary hover:underline" onClick={() => onOpen(id)}>
        {nameOf(doc, id)}
      </button>
    ));
  return (
    <section aria-label={t("drawer.variables")}>
      <h3 className="font-medium">{t("drawer.variables")}</h3>
      {variables.length === 0 && <p className="text-xs text-faint">{t("drawer.noVariables")}</p>}
      <ul>
        {variables.map((v, i) => (
          <li key={v.name} className="flex flex-wrap items-baseline gap-x-3 pl-4">
            <code className="font-mono text-xs">vars.{v.name}</code>
            <span className="text-xs text-faint">{enumLabel(VariableTypeSchema, v.type, lang)}</span>
            {(["writers", "readers"] as const).map((way) => {
              const ids = uses[i]?.[way] ?? [];
              const label = t(way === "writers" ? "drawer.writtenBy" : "drawer.readBy", { nodes: "" }).trim();
              return (
                ids.length > 0 && (
                  <span key={way} className="text-xs text-soft" title={joined(ids, lang)}>
                    {label} {links(ids)}
                  </span>
                )
              );
            })}
          </li>
        ))}
      </ul>
    </section>
  );
}
