import { useText } from "@/i18n";
import { useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Card } from "@/ui/card";
import { Tabs } from "@/ui/tabs";
import { Quarantined } from "./quarantined";
import { Unmatched } from "./unmatched";

export default function Events() {
  const { t } = useText();
  const list = useListParams();
  const view = list.get("view") === "unmatched" ? "unmatched" : "quarantined";
  return (
    <Page title={t("nav.events")} intro={t("events.intro")}>
      <Card flush>
        <Tabs
          label={t("nav.events")}
          value={view}
          onChange={(next) =>
            list.set({
              view: next === "unmatched" ? next : undefined,
              page: undefined,
              open: undefined,
              dismissed: undefined,
            })
          }
          tabs={[
            { key: "quarantined", label: t("events.quarantined"), panel: <Quarantined /> },
            { key: "unmatched", label: t("events.unmatched"), panel: <Unmatched /> },
          ]}
        />
      </Card>
    </Page>
  );
}
