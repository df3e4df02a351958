import { Eye } from "lucide-react";
import { useText } from "@/i18n";
import { Status } from "@/parts/status";

/** Review marks a group that a person should look at. */
export function Review() {
  const { t } = useText();
  return (
    <Status tone="person" icon={Eye}>
      {t("groups.review")}
    </Status>
  );
}
