import { ArrowRight } from "lucide-react";
import { useId } from "react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { keepSteps, useSteps } from "@/parts/first-steps";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { cn } from "@/ui/cn";

const steps = [
  { key: "try", hint: "tryHint", to: "/simulator" },
  { key: "night", hint: "nightHint", to: "/simulator" },
  { key: "text", hint: "textHint", to: "/simulator" },
  { key: "publish", hint: "publishHint", to: "/simulator?version=draft" },
  { key: "rollback", hint: "rollbackHint", to: "/flows/unified/versions" },
  { key: "robot", hint: "robotHint", to: "/robots/connect" },
] as const;

const dismissed = "dismissed";

/** Start is the first things to try. What the reader does in this browser ticks them off, by hand it goes too; they can be sent away for good. */
export function Start() {
  const { t } = useText();
  const id = useId();
  const done = useSteps();
  if (done.includes(dismissed)) return null;
  const tick = (key: string) => keepSteps(done.includes(key) ? done.filter((d) => d !== key) : [...done, key]);
  return (
    // On a phone what is happening comes first.
    <Card
      flush
      className="max-md:order-1"
      title={
        <>
          {t("overview.start.title")}{" "}
          <span className="text-[13px] font-normal text-faint">
            {t("overview.start.progress", { done: done.length, all: steps.length })}
          </span>
        </>
      }
      actions={
        <Button tone="quiet" size="small" onClick={() => keepSteps([dismissed])}>
          {t("overview.start.dismiss")}
        </Button>
      }
    >
      <ol className="grid md:grid-cols-2 xl:grid-cols-3">
        {steps.map((step, i) => {
          const title = t(`overview.start.${step.key}`);
          return (
            <li key={step.key} className="flex items-start gap-3 px-4 py-2.5">
              <input
                id={`${id}${step.key}`}
                type="checkbox"
                className="mt-1 size-4 shrink-0"
                aria-label={t("overview.start.mark", { step: title })}
                checked={done.includes(step.key)}
                onChange={() => tick(step.key)}
              />
              <div className="min-w-0">
                <Link
                  to={step.to}
                  className={cn(
                    "inline-flex items-center gap-1 font-medium text-primary hover:underline",
                    done.includes(step.key) && "text-soft line-through",
                  )}
                >
                  {i + 1}. {title} <ArrowRight className="size-3.5 shrink-0" aria-hidden />
                </Link>
                <p className="text-[13px] text-soft">{t(`overview.start.${step.hint}`)}</p>
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
