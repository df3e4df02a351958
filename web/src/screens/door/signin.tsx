import { Code, ConnectError } from "@connectrpc/connect";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { useQueryClient } from "@tanstack/react-query";
import { LogIn } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { useMe } from "@/api/me";
import { problem } from "@/api/problem";
import { client } from "@/api/transport";
import { nextOf } from "@/app/next";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Frame, Trouble } from "./frame";

export default function SignIn() {
  const { t } = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const { data: me } = useMe();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const first = useRef<HTMLInputElement>(null);
  const next = nextOf(params.get("next"), location.origin);
  useEffect(() => first.current?.focus(), []);
  if (me) return <Navigate to={next} replace />;
  const enter = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await client(AccessService).signIn({ userId: user.trim(), password });
      queries.clear(); // what another reader saw before
      await navigate(next, { replace: true });
    } catch (failure) {
      setError(failure);
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  const told = () => {
    const { code } = ConnectError.from(error);
    if (code === Code.Unauthenticated) return t("access.wrong");
    return code === Code.ResourceExhausted ? t("access.slow") : problem(error).message;
  };
  return (
    <Frame title={t("access.signIn")} intro={params.has("next") ? t("access.comeBack") : undefined}>
      <form className="flex flex-col gap-3" onSubmit={(e) => void enter(e)}>
        <Field label={t("access.user")}>
          {(p) => (
            <Input
              {...p}
              ref={first}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              maxLength={63}
              value={user}
              onChange={(e) => setUser(e.target.value)}
            />
          )}
        </Field>
        <Field label={t("access.password")}>
          {(p) => (
            <Input
              {...p}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          )}
        </Field>
        {error !== undefined && <Trouble>{told()}</Trouble>}
        <Button type="submit" tone="primary" disabled={busy}>
          <LogIn /> {t("access.signIn")}
        </Button>
      </form>
      <p className="text-xs leading-[18px] text-faint">{t("access.signInHelp")}</p>
    </Frame>
  );
}
