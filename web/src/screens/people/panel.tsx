import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { joined, useText } from "@/i18n";
import { Id } from "@/parts/id";
import { GroupLink } from "@/parts/links";
import { Facts } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { PersonMenu } from "./actions";
import { Management, PresenceOf } from "./index";

/** PersonPanel shows one person beside the list, with the names in each group. */
export function PersonPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    DirectoryService.method.getPerson,
    { name: `people/${id}` },
    { enabled: id !== "" },
  );
  const person = data?.person;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={person ? person.title : t("word.person")}
      footer={person && <PersonMenu person={person} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !person ? (
        <Skeleton />
      ) : (
        <Facts
          facts={[
            [t("word.role"), enumLabel(RoleSchema, person.role, lang)],
            [t("people.presence"), <PresenceOf key="p" person={person} />],
            [t("people.lastActive"), <Time key="a" at={person.lastActive} ago />],
            [t("people.management"), person.management && <Management key="m" />],
            [t("people.names"), joined(person.names, lang)],
            [
              t("people.groupNames"),
              person.groupNames.length > 0 && (
                <ul key="g">
                  {person.groupNames.map((name) => (
                    <li key={name.group + name.title}>
                      <GroupLink session={name.group}>{titles.group(name.group)}</GroupLink> {name.title}
                      {name.role !== Role.UNSPECIFIED && (
                        <>
                          {" "}
                          <Tag>{enumLabel(RoleSchema, name.role, lang)}</Tag>
                        </>
                      )}
                    </li>
                  ))}
                </ul>
              ),
            ],
            [
              t("people.direct"),
              person.directSession && (
                <GroupLink key="d" session={person.directSession}>
                  {titles.group(person.directSession)}
                </GroupLink>
              ),
            ],
            [
              t("people.tasks"),
              <Link
                key="t"
                className="text-primary hover:underline"
                to={`/tasks?assignee=${encodeURIComponent(person.name)}`}
              >
                {t("do.open")}
              </Link>,
            ],
            [t("word.created"), <Time key="c" at={person.createTime} />],
            [t("word.updated"), <Time key="u" at={person.updateTime} ago />],
            [t("word.id"), <Id key="i" value={person.id} />],
          ]}
        />
      )}
    </Dialog>
  );
}
