import { Component, type ReactNode } from "react";
import { useText } from "@/i18n";
import { Empty } from "@/parts/states";
import { Button } from "@/ui/button";

/** Boundary keeps a failing screen from taking the rest of the page with it. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Crash /> : this.props.children;
  }
}

function Crash() {
  const { t } = useText();
  return (
    <Empty
      title={t("crash.title")}
      hint={t("crash.hint")}
      action={<Button onClick={() => location.reload()}>{t("crash.reload")}</Button>}
    />
  );
}
