import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { useTitles } from "@/parts/titles";
import { Field, Select } from "@/ui/field";

/** Picked chooses any number of things: those that are chosen stand above, the choice adds one. */
export function Picked({
  label,
  help,
  add,
  none,
  chosen,
  title,
  onChange,
  children,
}: {
  label: string;
  help?: string;
  add: string;
  none: string;
  chosen: readonly string[];
  title: (value: string) => string;
  onChange: (next: string[]) => void;
  children: ReactNode;
}) {
  const { t } = useText();
  return (
    <Field label={label} help={help}>
      {(p) => (
        <div className="flex flex-col gap-1.5">
          <ul className="flex flex-wrap gap-1" aria-label={label}>
            {chosen.length === 0 && <li className="text-[13px] text-faint">{none}</li>}
            {chosen.map((value) => (
              <li key={value} className="flex items-center gap-1 rounded-control bg-sunken pl-2 text-[13px]">
                {title(value)}
                <button
                  type="button"
                  aria-label={t("form.remove", { word: title(value) })}
                  className="grid size-7 place-items-center rounded text-faint hover:text-ink max-md:size-10"
                  onClick={() => onChange(chosen.filter((v) => v !== value))}
                >
                  <X className="size-3.5" />
                </button>
              </li>
            ))}
          </ul>
          <Select
            {...p}
            className="w-full"
            value=""
            onChange={(e) => e.target.value && onChange([...new Set([...chosen, e.target.value])])}
          >
            <option value="">{add}</option>
            {children}
          </Select>
        </div>
      )}
    </Field>
  );
}

/** GroupsField chooses the groups that a user or key reaches. */
export function GroupsField({ groups, onChange }: { groups: readonly string[]; onChange: (next: string[]) => void }) {
  const { t } = useText();
  const titles = useTitles();
  return (
    <Picked
      label={t("access.groups")}
      help={t("access.groupsHelp")}
      add={t("access.addGroup")}
      none={t("access.allGroups")}
      chosen={groups}
      title={titles.group}
      onChange={onChange}
    >
      {titles.groups
        .filter((g) => !g.mergedInto && !groups.includes(g.id))
        .map((g) => (
          <option key={g.id} value={g.id}>
            {g.title || g.id}
          </option>
        ))}
    </Picked>
  );
}
