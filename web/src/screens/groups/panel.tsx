import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { SessionKindSchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { joined, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Id } from "@/parts/id";
import { GroupLink } from "@/parts/links";
import { Facts } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { GroupMenu } from "./actions";
import { Review } from "./review";

/** GroupPanel shows one group beside the list, with the names by which robots find it. */
export function GroupPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    DirectoryService.method.getGroup,
    { name: `groups/${id}` },
    { enabled: id !== "" },
  );
  const group = data?.group;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={group ? group.title || group.id : t("word.group")}
      footer={group && <GroupMenu group={group} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !group ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-5">
          {group.review && (
            <div className="rounded-card border border-person/40 px-3 py-2">
              <Review />
              <p className="text-[13px] text-soft">{because(group.reviewReason, lang) || t("groups.reviewHint")}</p>
            </div>
          )}
          <Facts
            facts={[
              [t("groups.kind"), enumLabel(SessionKindSchema, group.kind, lang)],
              [t("groups.internal"), t(group.internal ? "word.yes" : "word.no")],
              [t("groups.staff"), joined(group.staff.map(titles.person), lang)],
              [t("groups.staffGroup"), group.staffGroup && titles.group(group.staffGroup)],
              [t("word.state"), group.mergedInto && t("groups.merged", { group: titles.group(group.mergedInto) })],
              [
                t("word.message"),
                <GroupLink key="s" session={group.id}>
                  {t("groups.chat")}
                </GroupLink>,
              ],
              [t("word.created"), <Time key="c" at={group.createTime} />],
              [t("word.updated"), <Time key="u" at={group.updateTime} ago />],
              [t("word.id"), <Id key="i" value={group.id} />],
            ]}
          />
          <section>
            <h3 className="mb-1 font-semibold">{t("groups.aliases")}</h3>
            {group.aliases.length === 0 ? (
              <p className="text-soft">{t("groups.allRobots")}</p>
            ) : (
              <table className="w-full text-[13px]">
                <thead>
                  <tr className="text-left text-xs text-faint">
                    <th className="py-1 font-medium">{t("word.robot")}</th>
                    <th className="py-1 font-medium">{t("groups.aliasTitle")}</th>
                    <th className="py-1 font-medium">{t("groups.remark")}</th>
                  </tr>
                </thead>
                <tbody>
                  {group.aliases.map((alias) => (
                    <tr key={`${alias.robot}-${alias.title}-${alias.remark}`} className="border-t">
                      <td className="py-1.5">{titles.robot(alias.robot)}</td>
                      <td className="py-1.5">{alias.title || "—"}</td>
                      <td className="py-1.5">{alias.remark || "—"}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
        </div>
      )}
    </Dialog>
  );
}
