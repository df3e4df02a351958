import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import type { Person } from "@gen/flowdesk/v1/resource_directory_pb";
import { Presence, PresenceSchema } from "@gen/flowdesk/v1/types_pb";
import { Activity, Ellipsis, ListChecks, Pencil, Trash2, UserCheck } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { enumChoices } from "@/api/labels";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";
import { EditPerson } from "./edit";

/** PersonMenu is what can be done with a person. */
export function PersonMenu({ person }: { person: Person }) {
  const { t, lang } = useText();
  const act = useAct();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"edit" | "delete">();
  const close = () => setAsked(undefined);
  const { name, etag } = person;
  const people = client(DirectoryService);
  const become = (presence: Presence) =>
    void act(people.setPresence({ name, presence }), t("people.presenceDone", { person: person.title })).catch(
      (error: unknown) => toastFailure(error),
    );
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("people.menu", { person: person.title })}>
            <Ellipsis />
          </Button>
        }
        items={[
          {
            label: t("do.edit"),
            needs: DirectoryService.method.updatePerson,
            icon: <Pencil />,
            onSelect: () => setAsked("edit"),
          },
          {
            label: t("people.tasks"),
            icon: <ListChecks />,
            onSelect: () => navigate(`/tasks?assignee=${encodeURIComponent(name)}`),
          },
          "line",
          ...enumChoices(PresenceSchema, lang).map((choice) => ({
            label: t("people.setTo", { presence: lang === "en" ? choice.label.toLowerCase() : choice.label }),
            icon: <UserCheck />,
            needs: DirectoryService.method.setPresence,
            disabled: person.manualPresence === choice.value,
            onSelect: () => become(choice.value),
          })),
          {
            label: t("people.auto"),
            needs: DirectoryService.method.setPresence,
            icon: <Activity />,
            disabled: person.manualPresence === Presence.UNSPECIFIED,
            onSelect: () => become(Presence.UNSPECIFIED),
          },
          "line",
          {
            label: t("do.delete"),
            needs: DirectoryService.method.deletePerson,
            icon: <Trash2 />,
            danger: true,
            onSelect: () => setAsked("delete"),
          },
        ]}
      />
      {asked === "edit" && <EditPerson person={person} onClose={close} />}
      {asked === "delete" && (
        <Confirm
          open
          danger
          onClose={close}
          title={t("people.deleteAsk", { person: person.title })}
          verb={t("do.delete")}
          onConfirm={() => act(people.deletePerson({ name, etag }), t("people.deleteDone", { person: person.title }))}
        >
          <p className="text-soft">{t("people.deleteHint")}</p>
        </Confirm>
      )}
    </>
  );
}
