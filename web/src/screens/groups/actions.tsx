import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import type { Group } from "@gen/flowdesk/v1/resource_directory_pb";
import { Ellipsis, Eye, Merge, MessagesSquare, Pencil } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";
import { EditGroup } from "./edit";
import { MergeGroup } from "./merge";

/** GroupMenu is what can be done with a group. */
export function GroupMenu({ group }: { group: Group }) {
  const { t } = useText();
  const act = useAct();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"edit" | "merge">();
  const close = () => setAsked(undefined);
  const gone = group.mergedInto !== "";
  const reviewed = () => {
    const change = client(DirectoryService).updateGroup({
      group: { name: group.name, etag: group.etag, review: false },
      updateMask: { paths: ["review"] },
    });
    act(change, t("groups.reviewDoneToast")).catch((error: unknown) => toastFailure(error));
  };
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          { label: t("groups.chat"), icon: <MessagesSquare />, onSelect: () => navigate(`/sessions/${group.id}`) },
          {
            label: t("do.edit"),
            needs: DirectoryService.method.updateGroup,
            icon: <Pencil />,
            disabled: gone,
            onSelect: () => setAsked("edit"),
          },
          {
            label: t("groups.reviewDone"),
            needs: DirectoryService.method.updateGroup,
            icon: <Eye />,
            disabled: gone || !group.review,
            onSelect: reviewed,
          },
          "line",
          {
            label: t("groups.merge"),
            needs: DirectoryService.method.mergeGroups,
            icon: <Merge />,
            danger: true,
            disabled: gone,
            onSelect: () => setAsked("merge"),
          },
        ]}
      />
      {asked === "edit" && <EditGroup group={group} onClose={close} />}
      {asked === "merge" && <MergeGroup group={group} onClose={close} />}
    </>
  );
}
