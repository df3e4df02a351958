import { Circle, CircleCheck } from "lucide-react";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Field, Input } from "@/ui/field";

/** shortest is the least number of characters of a password; the server holds to it. */
export const shortest = 10;

/** userPattern is what a user may be called to sign in. */
export const userPattern = "[a-z0-9][a-z0-9._\\-]{0,62}";

// Without letters that are taken for each other; 32 of them, so that each random byte counts alike.
const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/** newPassword makes a first password that is handed over: 16 letters of 5 bits each. */
export function newPassword(): string {
  const picked = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => letters[byte % letters.length]);
  return picked.join("").replace(/(.{4})(?=.)/g, "$1-");
}

const long = (password: string) => [...password].length >= shortest;

/** passwordFits tells whether a new password keeps the rules and was written alike twice. */
export function passwordFits(password: string, again: string): boolean {
  return long(password) && password === again;
}

/** NewPassword asks for a new password twice, and shows which rules it keeps as one types. */
export function NewPassword({
  password,
  again,
  onPassword,
  onAgain,
}: {
  password: string;
  again: string;
  onPassword: (next: string) => void;
  onAgain: (next: string) => void;
}) {
  const { t } = useText();
  return (
    <>
      <Field label={t("access.newPassword")}>
        {(p) => (
          <Input
            {...p}
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(e) => onPassword(e.target.value)}
          />
        )}
      </Field>
      <Field label={t("access.again")}>
        {(p) => (
          <Input
            {...p}
            type="password"
            autoComplete="new-password"
            value={again}
            onChange={(e) => onAgain(e.target.value)}
          />
        )}
      </Field>
      <ul className="flex flex-col gap-0.5 text-[13px]" aria-label={t("access.rules")}>
        <Rule kept={long(password)} text={t("access.ruleLength", { count: shortest })} />
        <Rule kept={password !== "" && password === again} text={t("access.ruleSame")} />
      </ul>
    </>
  );
}

function Rule({ kept, text }: { kept: boolean; text: string }) {
  const { t } = useText();
  const Icon = kept ? CircleCheck : Circle;
  return (
    <li className={cn("flex items-center gap-1.5", kept ? "text-ok" : "text-soft")}>
      <Icon className="size-4" aria-hidden /> {text}
      <span className="sr-only">{t(kept ? "access.ruleKept" : "access.ruleOpen")}</span>
    </li>
  );
}
