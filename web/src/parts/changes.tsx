import type { Node } from "@gen/flowdesk/v1/definition_pb";
import { ChangeKind, ChangeKindSchema, type FieldChange, type FlowComparison } from "@gen/flowdesk/v1/flow_service_pb";
import { enumLabel } from "@/api/labels";
import { kindNamed, kindOf, portLabel } from "@/graph/kinds";
import { type Language, pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { fieldWords, valueWords } from "./field-words";
import { Tag } from "./status";

/** Changes lists what differs between two versions, node by node; moves stand apart, for they change nothing that runs. */
export function Changes({
  comparison,
  nodes = [],
  onOpen,
}: {
  comparison: FlowComparison;
  /** Nodes of both versions: they name the ends of wires. */
  nodes?: readonly Node[];
  onOpen?: (node: string) => void;
}) {
  const { t, lang } = useText();
  const node = (id: string) => nodes.find((n) => n.id === id);
  const told = (id: string) => node(id)?.name || id || "—";
  const port = (id: string, name: string) => {
    const from = node(id);
    return (name && from && portLabel(kindOf(from)?.name ?? "", name, lang)) || name;
  };
  const moved = comparison.nodes.filter((n) => n.change === ChangeKind.MOVED);
  const real = comparison.nodes.filter((n) => n.change !== ChangeKind.MOVED);
  if (comparison.identical) return <p className="text-soft">{t("versions.identical")}</p>;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-soft">
        {t("versions.counts", { nodes: real.length, edges: comparison.edges.length, moved: moved.length })}
      </p>
      {comparison.layoutOnly && <p className="text-soft">{t("versions.layoutOnly")}</p>}
      <ul className="flex flex-col gap-2">
        {comparison.fields.length > 0 && (
          <li className="rounded-card border px-3 py-2">
            <span className="font-medium">{t("word.flow")}</span>
            <Fields fields={comparison.fields} node={false} />
          </li>
        )}
        {real.map((n) => (
          <li key={n.node} className="rounded-card border px-3 py-2">
            <button
              type="button"
              disabled={!onOpen}
              className="text-left font-medium enabled:hover:text-primary"
              onClick={() => onOpen?.(n.node)}
            >
              <Tag>{enumLabel(ChangeKindSchema, n.change, lang)}</Tag> {n.title || n.node}{" "}
              <span className="text-xs font-normal text-faint">
                {pick(kindNamed(n.kind)?.spec.title, lang) || n.kind}
              </span>
            </button>
            <Fields fields={n.fields} node />
          </li>
        ))}
        {comparison.edges.map((e) => (
          <li key={`${e.from}:${e.port}`} className="rounded-card border px-3 py-2 text-[13px]">
            <Tag>{enumLabel(ChangeKindSchema, e.change, lang)}</Tag>{" "}
            {[told(e.from), port(e.from, e.port)].filter(Boolean).join(" · ")}: {told(e.oldTo)} → {told(e.newTo)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** noteOf is what a version changes in one line, as its note to begin with: the nodes by kind of change, at most three by name. */
export function noteOf({ nodes }: FlowComparison, lang: Language): string {
  const kinds = [...new Set(nodes.map((n) => n.change))].filter((change) => change !== ChangeKind.MOVED);
  return kinds
    .map((change) => {
      const names = nodes.filter((n) => n.change === change).map((n) => n.title || n.node);
      const told = names.slice(0, 3).join(lang === "zh" ? "、" : ", ");
      return `${enumLabel(ChangeKindSchema, change, lang)} ${told}${names.length > 3 ? "…" : ""}`;
    })
    .join(lang === "zh" ? "；" : "; ");
}

function Fields({ fields, node }: { fields: FieldChange[]; node: boolean }) {
  const { lang } = useText();
  return (
    <dl className="mt-1 flex flex-col gap-2">
      {fields.map((f) => {
        const { label, field } = fieldWords(f.field, node, lang);
        const [before, after] = [valueWords(f.oldValue, field, lang), valueWords(f.newValue, field, lang)];
        return (
          <div key={f.field}>
            <dt className="text-xs text-faint" title={f.field}>
              {label}
            </dt>
            <dd className="grid gap-1 text-[13px] md:grid-cols-2">
              <del className="rounded bg-bad/10 px-2 py-0.5 whitespace-pre-wrap no-underline">
                <Marked parts={parts(after, before)} className="bg-bad/25" />
              </del>
              <ins className="rounded bg-ok/10 px-2 py-0.5 whitespace-pre-wrap no-underline">
                <Marked parts={parts(before, after)} className="bg-ok/30" />
              </ins>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

interface Part {
  text: string;
  fresh: boolean;
}

/** Marked shows a text with what the other side has not, and a stroke for none. */
export function Marked({ parts, className }: { parts: Part[]; className: string }) {
  if (parts.length === 0) return "—";
  return parts.map((p, i) =>
    p.fresh ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts keep their order
      <mark key={i} className={cn("rounded text-ink", className)}>
        {p.text}
      </mark>
    ) : (
      p.text
    ),
  );
}

/** parts tells what of a text is new: what stands between the common beginning and the common end. */
export function parts(before: string, after: string): Part[] {
  const [a, b] = [[...before], [...after]];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const cut = (from: number, to: number, fresh: boolean) => ({ text: b.slice(from, to).join(""), fresh });
  return [cut(0, start, false), cut(start, b.length - end, true), cut(b.length - end, b.length, false)].filter(
    (p) => p.text !== "",
  );
}
