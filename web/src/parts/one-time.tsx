import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Snippet } from "./snippet";

/** OneTime shows what is never shown again. It closes only on purpose, not by a click beside it. */
export function OneTime({
  title,
  text,
  children,
  onClose,
}: {
  title: string;
  text: string;
  children?: ReactNode;
  onClose: () => void;
}) {
  const { t } = useText();
  return (
    <Dialog
      open
      stay
      onClose={onClose}
      title={title}
      description={t("access.once")}
      footer={
        <Button tone="primary" onClick={onClose}>
          {t("access.noted")}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Snippet text={text} label={title} />
        {children}
      </div>
    </Dialog>
  );
}
