import { clone, create } from "@bufbuild/protobuf";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { type Group, type GroupAlias, GroupAliasSchema, GroupSchema } from "@gen/flowdesk/v1/resource_directory_pb";
import { SessionKindSchema } from "@gen/flowdesk/v1/types_pb";
import { ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { enumChoices } from "@/api/labels";
import { client } from "@/api/transport";
import { GroupSelect } from "@/forms/group-select";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { Switch } from "@/ui/switch";

const paths = ["title", "kind", "aliases", "staff_group", "staff", "internal"];

/** EditGroup changes a group. What somebody else changed meanwhile is not overwritten: the server refuses, and says so. */
export function EditGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  const { t, lang } = useText();
  const act = useAct();
  const [draft, setDraft] = useState(() => clone(GroupSchema, group));
  const set = (change: Partial<Group>) => setDraft({ ...draft, ...change });
  const save = () =>
    act(client(DirectoryService).updateGroup({ group: draft, updateMask: { paths } }), t("state.saved"));
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("groups.edit", { group: group.title || group.id })}
      verb={t("do.save")}
      onConfirm={save}
    >
      <Field label={t("groups.title")}>
        {(p) => <Input {...p} maxLength={200} value={draft.title} onChange={(e) => set({ title: e.target.value })} />}
      </Field>
      <Field label={t("groups.kind")}>
        {(p) => (
          <Select {...p} value={draft.kind} onChange={(e) => set({ kind: Number(e.target.value) })}>
            {enumChoices(SessionKindSchema, lang).map((kind) => (
              <option key={kind.value} value={kind.value}>
                {kind.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("groups.internal")} help={t("groups.internalHelp")}>
        {({ id, "aria-describedby": described }) => (
          <Switch
            id={id}
            aria-describedby={described}
            checked={draft.internal}
            onChange={(internal) => set({ internal })}
          />
        )}
      </Field>
      <Field label={t("groups.staffGroup")} help={t("groups.staffGroupHelp")}>
        {(p) => <GroupSelect {...p} value={draft.staffGroup} onChange={(staffGroup) => set({ staffGroup })} />}
      </Field>
      <Staff staff={draft.staff} onChange={(staff) => set({ staff })} />
      <Aliases aliases={draft.aliases} onChange={(aliases) => set({ aliases })} />
    </Confirm>
  );
}

function Staff({ staff, onChange }: { staff: string[]; onChange: (next: string[]) => void }) {
  const { t } = useText();
  const titles = useTitles();
  return (
    <Field label={t("groups.staff")} help={t("groups.staffHelp")}>
      {(p) => (
        <div className="flex flex-col gap-1.5">
          <ol className="flex flex-col gap-1">
            {staff.map((person, i) => (
              <li key={person} className="flex items-center gap-1 rounded-control bg-sunken px-2">
                <span className="min-w-0 flex-1">{titles.person(person)}</span>
                <Button
                  tone="quiet"
                  size="icon"
                  aria-label={t("form.up")}
                  disabled={i === 0}
                  onClick={() =>
                    onChange([...staff.slice(0, i - 1), person, ...staff.slice(i - 1).filter((s) => s !== person)])
                  }
                >
                  <ArrowUp />
                </Button>
                <Button
                  tone="quiet"
                  size="icon"
                  aria-label={t("form.remove", { word: titles.person(person) })}
                  onClick={() => onChange(staff.filter((s) => s !== person))}
                >
                  <Trash2 />
                </Button>
              </li>
            ))}
          </ol>
          <Select {...p} value="" onChange={(e) => e.target.value && onChange([...staff, e.target.value])}>
            <option value="">{t("groups.addStaff")}</option>
            {titles.people
              .filter((person) => !staff.includes(person.id))
              .map((person) => (
                <option key={person.id} value={person.id}>
                  {person.title}
                </option>
              ))}
          </Select>
        </div>
      )}
    </Field>
  );
}

function Aliases({ aliases, onChange }: { aliases: GroupAlias[]; onChange: (next: GroupAlias[]) => void }) {
  const { t } = useText();
  const { robots } = useTitles();
  const set = (i: number, change: Partial<GroupAlias>) =>
    onChange(aliases.map((alias, j) => (j === i ? { ...alias, ...change } : alias)));
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-[13px] font-medium text-soft">{t("groups.aliases")}</legend>
      <p className="text-xs text-faint">{t("groups.aliasesHelp")}</p>
      {aliases.map((alias, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name has no id of its own
        <div key={i} className="grid grid-cols-[1fr_1fr_1fr_auto] items-center gap-1.5">
          <Select
            className="w-full min-w-0"
            aria-label={t("word.robot")}
            value={alias.robot}
            onChange={(e) => set(i, { robot: e.target.value })}
          >
            {!robots.some((r) => r.id === alias.robot) && <option value={alias.robot}>{alias.robot || "—"}</option>}
            {robots.map((r) => (
              <option key={r.id} value={r.id}>
                {r.title || r.id}
              </option>
            ))}
          </Select>
          <Input
            aria-label={t("groups.aliasTitle")}
            placeholder={t("groups.aliasTitle")}
            value={alias.title}
            onChange={(e) => set(i, { title: e.target.value })}
          />
          <Input
            aria-label={t("groups.remark")}
            placeholder={t("groups.remark")}
            value={alias.remark}
            onChange={(e) => set(i, { remark: e.target.value })}
          />
          <Button
            tone="quiet"
            size="icon"
            aria-label={t("do.delete")}
            onClick={() => onChange(aliases.filter((_, j) => j !== i))}
          >
            <Trash2 />
          </Button>
        </div>
      ))}
      <div>
        <Button
          size="small"
          onClick={() => onChange([...aliases, create(GroupAliasSchema, { robot: robots[0]?.id ?? "" })])}
        >
          <Plus /> {t("groups.addAlias")}
        </Button>
      </div>
    </fieldset>
  );
}
