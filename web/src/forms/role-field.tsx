import { AccessRole, AccessRoleSchema } from "@gen/flowdesk/v1/resource_access_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import type { Messages } from "@/i18n/zh";
import { Field, Select } from "@/ui/field";

/** people are the roles of people, machines those of keys too. */
export const people = [AccessRole.VIEWER, AccessRole.ATTENDANT, AccessRole.EDITOR, AccessRole.ADMIN];
export const machines = [AccessRole.SERVICE, AccessRole.ROBOT, ...people];

const words: Record<number, keyof Messages["members"]["roles"]> = {
  [AccessRole.VIEWER]: "viewer",
  [AccessRole.ATTENDANT]: "attendant",
  [AccessRole.EDITOR]: "editor",
  [AccessRole.ADMIN]: "admin",
  [AccessRole.ROBOT]: "robot",
  [AccessRole.SERVICE]: "service",
};

/** RoleField chooses a role, and says what it may do. */
export function RoleField({
  role,
  roles,
  onChange,
}: {
  role: AccessRole;
  roles: AccessRole[];
  onChange: (next: AccessRole) => void;
}) {
  const { t, lang } = useText();
  const word = words[role];
  return (
    <Field label={t("word.role")} help={word && t(`members.roles.${word}`)}>
      {(p) => (
        <Select {...p} value={role} onChange={(e) => onChange(Number(e.target.value))}>
          {roles.map((r) => (
            <option key={r} value={r}>
              {enumLabel(AccessRoleSchema, r, lang)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
