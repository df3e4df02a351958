import type { SimulatedPerson } from "@gen/flowdesk/v1/simulation_pb";
import { type Presence, PresenceSchema, Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { Pencil, UserPlus } from "lucide-react";
import { useState } from "react";
import { enumChoices, enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { PresenceChip, Tag } from "@/parts/status";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Field, Input, Select } from "@/ui/field";
import type { Simulated } from "./simulation";

/** People are those in the group chat; one of them speaks, and each can be online, busy or away. */
export function People({
  simulation,
  speaker,
  onSpeak,
}: {
  simulation: Simulated;
  speaker: string;
  onSpeak: (title: string) => void;
}) {
  const { t, lang } = useText();
  const [editing, setEditing] = useState<SimulatedPerson | "new">();
  const people = simulation.state?.simulation?.people ?? [];
  const put = (person: Partial<SimulatedPerson>) =>
    simulation.play({
      action: {
        case: "person",
        value: {
          title: person.title ?? "",
          role: person.role ?? 0,
          presence: person.presence ?? 0,
          management: person.management ?? false,
        },
      },
    });
  return (
    <section aria-label={t("sim.people")} className="flex flex-col gap-1 p-2">
      <h2 className="px-2 py-1 text-xs text-faint">{t("sim.people")}</h2>
      {people.map((person, i) => (
        <div
          key={person.title}
          className={cn("rounded-control px-2 py-1.5", speaker === person.title && "bg-primary-soft")}
        >
          <div className="flex items-center gap-1">
            <button
              type="button"
              className="flex min-w-0 flex-1 items-center gap-2 text-left"
              aria-pressed={speaker === person.title}
              onClick={() => onSpeak(person.title)}
              title={i < 9 ? `Alt+${i + 1}` : undefined}
            >
              <span className="min-w-0 flex-1 truncate font-medium">{person.title}</span>
              <Tag>{enumLabel(RoleSchema, person.role, lang)}</Tag>
            </button>
            {!staff(person) && <EditButton title={person.title} onEdit={() => setEditing(person)} />}
          </div>
          {staff(person) && (
            <div className="flex items-center gap-1 text-xs">
              <PresenceChip presence={person.seen || person.presence} />
              <span className="flex-1" />
              <EditButton title={person.title} onEdit={() => setEditing(person)} />
              <select
                aria-label={t("sim.presenceOf", { person: person.title })}
                className="min-w-0 rounded border bg-surface text-xs"
                value={person.presence}
                onChange={(e) => void put({ ...person, presence: Number(e.target.value) as Presence }).catch(() => {})}
              >
                <option value={0}>{t("sim.auto")}</option>
                {enumChoices(PresenceSchema, lang).map((c) => (
                  <option key={c.value} value={c.value}>
                    {c.label}
                  </option>
                ))}
              </select>
            </div>
          )}
        </div>
      ))}
      <Button size="small" className="mx-2 mt-1" onClick={() => setEditing("new")}>
        <UserPlus /> {t("sim.addPerson")}
      </Button>
      {editing && (
        <Edit person={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} onPut={put} />
      )}
    </section>
  );
}

function EditButton({ title, onEdit }: { title: string; onEdit: () => void }) {
  const { t } = useText();
  return (
    <button
      type="button"
      className="grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-sunken hover:text-ink max-md:size-10"
      aria-label={t("sim.editPerson", { person: title })}
      onClick={onEdit}
    >
      <Pencil className="size-3.5" />
    </button>
  );
}

// Users stand in no directory: nobody asks whether they are there.
function staff(person: SimulatedPerson): boolean {
  return person.role !== Role.USER && person.role !== Role.UNSPECIFIED;
}

function Edit({
  person,
  onClose,
  onPut,
}: {
  person: SimulatedPerson | undefined;
  onClose: () => void;
  onPut: (person: Partial<SimulatedPerson>) => Promise<void>;
}) {
  const { t, lang } = useText();
  const [title, setTitle] = useState(person?.title ?? "");
  const [role, setRole] = useState<Role>(person?.role || Role.USER);
  const [management, setManagement] = useState(person?.management ?? false);
  const verb = person ? t("do.save") : t("sim.addPerson");
  return (
    <Confirm
      open
      onClose={onClose}
      title={person ? t("sim.editPerson", { person: person.title }) : t("sim.addPerson")}
      verb={verb}
      disabled={!title.trim()}
      onConfirm={() => onPut({ title: title.trim(), role, management, presence: person?.presence ?? 0 })}
    >
      <Field label={t("word.name")}>
        {(props) => (
          <Input
            {...props}
            value={title}
            maxLength={100}
            disabled={person !== undefined}
            onChange={(e) => setTitle(e.target.value)}
          />
        )}
      </Field>
      <Field label={t("word.role")}>
        {(props) => (
          <Select {...props} value={role} onChange={(e) => setRole(Number(e.target.value))}>
            {enumChoices(RoleSchema, lang).map((c) => (
              <option key={c.value} value={c.value}>
                {c.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {role !== Role.USER && (
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4"
            checked={management}
            onChange={(e) => setManagement(e.target.checked)}
          />
          {t("sim.management")}
        </label>
      )}
    </Confirm>
  );
}
