import { clone, create } from "@bufbuild/protobuf";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { AccessRole, type User, UserSchema } from "@gen/flowdesk/v1/resource_access_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { GroupsField } from "@/forms/picked";
import { people, RoleField } from "@/forms/role-field";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { OneTime } from "@/parts/one-time";
import { newPassword, userPattern } from "@/parts/password";
import { PersonSelect } from "@/parts/person-select";
import { lastPart } from "@/parts/titles";
import { Field, Input } from "@/ui/field";

function Fields({ user, onChange }: { user: User; onChange: (change: Partial<User>) => void }) {
  const { t } = useText();
  return (
    <>
      <Field label={t("access.title")}>
        {(p) => (
          <Input {...p} maxLength={200} value={user.title} onChange={(e) => onChange({ title: e.target.value })} />
        )}
      </Field>
      <RoleField role={user.role} roles={people} onChange={(role) => onChange({ role })} />
      <GroupsField groups={user.groups} onChange={(groups) => onChange({ groups })} />
      <Field label={t("members.person")} help={t("members.personHelp")}>
        {(p) => <PersonSelect {...p} value={user.person} onChange={(person) => onChange({ person })} />}
      </Field>
    </>
  );
}

/** EditMember changes what a user is called and may do. */
export function EditMember({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [draft, setDraft] = useState(() => clone(UserSchema, user));
  const paths = ["title", "role", "groups", "person"];
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("members.edit", { user: lastPart(user.name) })}
      verb={t("do.save")}
      onConfirm={() => act(client(AccessService).updateUser({ user: draft, updateMask: { paths } }), t("state.saved"))}
    >
      <Fields user={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
    </Confirm>
  );
}

/** CreateMember adds a user with a password that is made here and shown once. */
export function CreateMember({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [user, setUser] = useState(() => create(UserSchema, { role: AccessRole.ATTENDANT }));
  const [userId, setUserId] = useState("");
  const [password] = useState(newPassword);
  const [made, setMade] = useState(false);
  if (made)
    return (
      <Handed title={t("members.created", { user: userId })} user={userId} password={password} onClose={onClose} />
    );
  return (
    <Confirm
      open
      onClose={() => undefined}
      onCancel={onClose}
      title={t("members.create")}
      verb={t("members.create")}
      disabled={!new RegExp(`^${userPattern}$`).test(userId)}
      onConfirm={() => act(client(AccessService).createUser({ userId, user, password })).then(() => setMade(true))}
    >
      <Field label={t("access.user")} help={t("access.userHelp")}>
        {(p) => (
          <Input
            {...p}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={userId}
            onChange={(e) => setUserId(e.target.value.trim())}
          />
        )}
      </Field>
      <Fields user={user} onChange={(change) => setUser({ ...user, ...change })} />
      <p className="text-[13px] text-soft">{t("members.first")}</p>
    </Confirm>
  );
}

/** Handed shows user and first password once, to be handed over. */
export function Handed({
  title,
  user,
  password,
  onClose,
}: {
  title: string;
  user: string;
  password: string;
  onClose: () => void;
}) {
  const { t } = useText();
  return (
    <OneTime
      title={title}
      text={`${t("access.user")}: ${user}\n${t("access.password")}: ${password}`}
      onClose={onClose}
    >
      <p className="text-soft">{t("members.handOver")}</p>
    </OneTime>
  );
}
