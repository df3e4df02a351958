import { useText } from "@/i18n";
import { useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Tabs } from "@/ui/tabs";
import { Models } from "./models";
import { Understand } from "./understand";
import { Usage } from "./usage";

const views = ["understanding", "providers", "usage"] as const;

export default function Ai() {
  const { t } = useText();
  const list = useListParams();
  const panels = { understanding: <Understand />, providers: <Models />, usage: <Usage /> };
  return (
    <Page title={t("nav.ai")} intro={t("ai.intro")}>
      <Tabs
        label={t("nav.ai")}
        value={views.find((v) => v === list.get("view")) ?? "understanding"}
        onChange={(view) =>
          list.set({
            view: view === "understanding" ? undefined : view,
            page: undefined,
            from: undefined,
            to: undefined,
          })
        }
        tabs={views.map((key) => ({ key, label: t(`models.${key}`), panel: panels[key] }))}
      />
    </Page>
  );
}
