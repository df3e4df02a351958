import { clone, create } from "@bufbuild/protobuf";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { type GroupName, GroupNameSchema, type Person, PersonSchema } from "@gen/flowdesk/v1/resource_directory_pb";
import { Role, RoleSchema, SessionKind } from "@gen/flowdesk/v1/types_pb";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { enumChoices } from "@/api/labels";
import { client } from "@/api/transport";
import { GroupSelect } from "@/forms/group-select";
import { Words } from "@/forms/words";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { Switch } from "@/ui/switch";

const paths = ["title", "role", "names", "group_names", "direct_session", "management"];

/** EditPerson changes a person, or adds one. */
export function EditPerson({ person, onClose }: { person?: Person; onClose: () => void }) {
  const { t, lang } = useText();
  const act = useAct();
  const titles = useTitles();
  const [draft, setDraft] = useState(() =>
    person ? clone(PersonSchema, person) : create(PersonSchema, { role: Role.GROUP_ASSISTANT }),
  );
  const [id, setId] = useState("");
  const [request] = useState(() => `person-${Date.now()}-${Math.random().toString(36).slice(2)}`);
  const set = (change: Partial<Person>) => setDraft({ ...draft, ...change });
  const people = client(DirectoryService);
  const save = () =>
    person
      ? act(people.updatePerson({ person: draft, updateMask: { paths } }), t("state.saved"))
      : act(
          people.createPerson({ person: draft, personId: id, requestId: request }),
          t("people.created", { person: draft.title }),
        );
  return (
    <Confirm
      open
      onClose={onClose}
      title={person ? t("people.edit", { person: person.title }) : t("people.create")}
      verb={t(person ? "do.save" : "people.create")}
      onConfirm={save}
    >
      <Field label={t("people.title")}>
        {(p) => <Input {...p} maxLength={200} value={draft.title} onChange={(e) => set({ title: e.target.value })} />}
      </Field>
      <Field label={t("word.role")}>
        {(p) => (
          <Select {...p} value={draft.role} onChange={(e) => set({ role: Number(e.target.value) })}>
            {enumChoices(RoleSchema, lang).map((role) => (
              <option key={role.value} value={role.value}>
                {role.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("people.names")} help={t("people.namesHelp")}>
        {(p) => <Words {...p} disabled={false} value={draft.names} onChange={(names) => set({ names })} />}
      </Field>
      <GroupNames names={draft.groupNames} onChange={(groupNames) => set({ groupNames })} />
      <Field label={t("people.management")} help={t("people.managementHelp")}>
        {({ id: field, "aria-describedby": described }) => (
          <Switch
            id={field}
            aria-describedby={described}
            checked={draft.management}
            onChange={(management) => set({ management })}
          />
        )}
      </Field>
      <Field label={t("people.direct")} help={t("people.directHelp")}>
        {(p) => (
          <Select
            {...p}
            className="w-full"
            value={draft.directSession}
            onChange={(e) => set({ directSession: e.target.value })}
          >
            <option value="">—</option>
            {titles.groups
              .filter((g) => g.kind === SessionKind.DIRECT || g.id === draft.directSession)
              .map((g) => (
                <option key={g.id} value={g.id}>
                  {g.title || g.id}
                </option>
              ))}
          </Select>
        )}
      </Field>
      {!person && (
        <Field label={t("people.id")} help={t("people.idHelp")}>
          {(p) => (
            <Input
              {...p}
              className="font-mono text-[13px]"
              maxLength={63}
              value={id}
              onChange={(e) => setId(e.target.value)}
            />
          )}
        </Field>
      )}
    </Confirm>
  );
}

function GroupNames({ names, onChange }: { names: GroupName[]; onChange: (next: GroupName[]) => void }) {
  const { t, lang } = useText();
  const set = (i: number, change: Partial<GroupName>) =>
    onChange(names.map((name, j) => (j === i ? { ...name, ...change } : name)));
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-[13px] font-medium text-soft">{t("people.groupNames")}</legend>
      <p className="text-xs text-faint">{t("people.groupNamesHelp")}</p>
      {names.map((name, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name has no id of its own
        <div key={i} className="grid grid-cols-[1fr_1fr_1fr_auto] items-center gap-1.5">
          <GroupSelect aria-label={t("word.group")} value={name.group} onChange={(group) => set(i, { group })} />
          <Input
            aria-label={t("people.name")}
            placeholder={t("people.name")}
            value={name.title}
            onChange={(e) => set(i, { title: e.target.value })}
          />
          <Select
            className="w-full min-w-0"
            aria-label={t("people.groupRole")}
            value={name.role}
            onChange={(e) => set(i, { role: Number(e.target.value) })}
          >
            <option value={Role.UNSPECIFIED}>{t("people.ownRole")}</option>
            {enumChoices(RoleSchema, lang).map((role) => (
              <option key={role.value} value={role.value}>
                {role.label}
              </option>
            ))}
          </Select>
          <Button
            tone="quiet"
            size="icon"
            aria-label={t("do.delete")}
            onClick={() => onChange(names.filter((_, j) => j !== i))}
          >
            <Trash2 />
          </Button>
        </div>
      ))}
      <div>
        <Button size="small" onClick={() => onChange([...names, create(GroupNameSchema)])}>
          <Plus /> {t("people.addGroupName")}
        </Button>
      </div>
    </fieldset>
  );
}
