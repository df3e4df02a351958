import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { ChatLine } from "@gen/flowdesk/v1/simulation_pb";
import { Role } from "@gen/flowdesk/v1/types_pb";
import { AtSign, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { pick, useText } from "@/i18n";
import { Composer, type Pen } from "@/parts/composer";
import { EditText } from "@/parts/edit-text";
import { useStayAtEnd } from "@/parts/grow";
import { Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { Menu } from "@/ui/menu";
import { Line, type LineActs } from "./line";
import type { Simulated } from "./simulation";
import { Welcome } from "./welcome";

interface Props {
  simulation: Simulated;
  speaker: string;
  onSpeak: (title: string) => void;
  onWhy: (line: ChatLine) => void;
  onReword: (line: ChatLine) => void;
  /** True where there is little room: no scenarios to begin with. */
  brief?: boolean;
}

const customers = "customers";

/** Conversation is the group chat: who says what, what the robot says, and what it is about to say, with the time left. */
export function Conversation({ simulation, speaker, onSpeak, onWhy, onReword, brief = false }: Props) {
  const { t, lang } = useText();
  const { state } = simulation;
  const people = state?.simulation?.people ?? [];
  const groups = state?.simulation?.groups ?? [];
  const robots = state?.simulation?.robots ?? [];
  const begun = pick(state?.history.at(-1)?.text, lang);
  const held = state?.simulation?.debug?.held ? state.simulation.debug : undefined;
  const user = people.find((p) => p.role === Role.USER || p.role === Role.UNSPECIFIED) ?? people[0];
  const who = speaker || user?.title || "";
  // Nothing chosen shows every group and speaks in that of the customers.
  const [shown, setShown] = useState("");
  const [editing, setEditing] = useState<ChatLine>();
  const pen = useRef<Pen>(null);
  const end = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  useStayAtEnd(log);
  const all = state?.lines ?? [];
  const lines = shown ? all.filter((l) => l.group === shown) : all;
  const several = new Set(lines.map((l) => l.group)).size > 1;
  const count = lines.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the newest line only
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "end" });
  }, [count]);
  const say = (text: string) => {
    const names = [...people, ...robots].map((p) => p.title);
    const mentions = names.filter((title) => text.includes(`@${title}`));
    return simulation.say(who, text, mentions, shown || customers);
  };
  const now = state?.simulation?.clock ? timestampDate(state.simulation.clock).getTime() : Date.now();
  const titleOf = (id: string) => groups.find((g) => g.id === id)?.title || id;
  const lastSaid = lines.findLast((l) => l.step > 0)?.id;
  const acts: LineActs = {
    simulation,
    onWhy,
    onReword,
    onEdit: setEditing,
    onRewind: (line) => {
      onSpeak(line.sender);
      void simulation.rewind(line.step - 1).then(
        () => pen.current?.write(line.text),
        () => {},
      );
    },
  };
  return (
    <section
      aria-label={t("sim.chat")}
      className="flex min-h-0 flex-1 flex-col"
      onKeyDown={(e) => {
        const person = e.altKey && /^[1-9]$/.test(e.key) ? people[Number(e.key) - 1] : undefined;
        if (!person) return;
        e.preventDefault();
        onSpeak(person.title);
      }}
    >
      <div className="flex items-center gap-2 border-b bg-surface px-3 py-1.5">
        <Select
          aria-label={t("sim.group")}
          className="max-w-48"
          value={shown}
          onChange={(e) => setShown(e.target.value)}
        >
          <option value="">{t("sim.allGroups")}</option>
          {groups.map((g) => (
            <option key={g.id} value={g.id}>
              {g.title}
            </option>
          ))}
        </Select>
        <span className="min-w-0 flex-1 truncate text-xs text-faint">
          {t("sim.speaksIn", { group: titleOf(shown || customers) })}
        </span>
        <Button size="small" disabled={simulation.busy} onClick={() => void simulation.begin().catch(() => {})}>
          <RotateCcw /> {t("sim.reset")}
        </Button>
      </div>
      <div
        ref={log}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
        role="log"
        aria-label={t("sim.chat")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {all.length === 0 && !held && <Welcome simulation={simulation} onSay={say} brief={brief} />}
        <ol className="flex flex-col gap-3">
          {lines.map((line) => (
            <Line
              key={line.id}
              line={line}
              now={now}
              group={several ? titleOf(line.group) : undefined}
              last={line.id === lastSaid}
              acts={acts}
            />
          ))}
        </ol>
        {held?.next && (
          <p role="status" className="mt-3 rounded-card border border-wait/40 bg-wait/10 px-3 py-2 text-[13px]">
            {/* What the flow is held at was not said yet for those who look at the chat alone. */}
            {begun && <span className="mb-1 block text-soft">{t("sim.working", { what: begun })}</span>}
            {t("drawer.heldAt", { node: held.next.title || held.next.node })}
          </p>
        )}
        <div ref={end} />
      </div>
      <Composer
        label={t("sim.say", { person: who })}
        disabled={simulation.busy}
        onSend={say}
        pen={pen}
        recall={all.filter((l) => l.step > 0).map((l) => l.text)}
        before={
          <>
            <Select
              aria-label={t("sim.speakAs")}
              className={brief ? "max-w-24" : "max-w-32"}
              value={who}
              onChange={(e) => onSpeak(e.target.value)}
            >
              {people.map((p) => (
                <option key={p.title} value={p.title}>
                  {p.title}
                </option>
              ))}
            </Select>
            {!brief && (
              <Menu
                trigger={
                  <Button size="icon" tone="quiet" aria-label={t("sim.mention")}>
                    <AtSign />
                  </Button>
                }
                items={[...people, ...robots].map((p) => ({
                  label: p.title,
                  onSelect: () => pen.current?.add(`@${p.title} `),
                }))}
              />
            )}
          </>
        }
      />
      {editing && (
        <EditText
          text={editing.text}
          onClose={() => setEditing(undefined)}
          onSave={(text) => simulation.edit(editing.command, text)}
        >
          {t("sim.editAsk")}
        </EditText>
      )}
    </section>
  );
}
