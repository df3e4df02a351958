import { Code, ConnectError } from "@connectrpc/connect";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { problem } from "@/api/problem";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { NewPassword, passwordFits, userPattern } from "@/parts/password";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Frame, Trouble } from "./frame";

export default function Setup() {
  const { t } = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { hash } = useLocation();
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? "";
  const [user, setUser] = useState("");
  const [title, setTitle] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const create = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await client(AccessService).createOwner({ token, userId: user.trim(), title: title.trim(), password });
      queries.clear();
      await navigate("/", { replace: true }); // the link is used up and leaves the history with its token
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  if (!token)
    return (
      <Frame title={t("access.setup")}>
        <p>{t("access.noToken")}</p>
        <Link className="text-primary hover:underline" to="/signin">
          {t("access.toSignIn")}
        </Link>
      </Frame>
    );
  return (
    <Frame title={t("access.setup")} intro={t("access.setupIntro")}>
      <form className="flex flex-col gap-3" onSubmit={(e) => void create(e)}>
        <Field label={t("access.user")} help={t("access.userHelp")}>
          {(p) => (
            <Input
              {...p}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              pattern={userPattern}
              title={t("access.userHelp")}
              value={user}
              onChange={(e) => setUser(e.target.value)}
            />
          )}
        </Field>
        <Field label={t("access.title")}>
          {(p) => (
            <Input
              {...p}
              autoComplete="name"
              maxLength={200}
              value={title}
              onChange={(e) => setTitle(e.target.value)}
            />
          )}
        </Field>
        <NewPassword password={password} again={again} onPassword={setPassword} onAgain={setAgain} />
        {error !== undefined && (
          <Trouble>
            {ConnectError.from(error).code === Code.FailedPrecondition ? t("access.used") : problem(error).message}
          </Trouble>
        )}
        <Button type="submit" tone="primary" disabled={busy || !passwordFits(password, again)}>
          <UserPlus /> {t("access.setupDo")}
        </Button>
      </form>
    </Frame>
  );
}
