import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Session } from "@gen/flowdesk/v1/resource_session_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { Bot, Hand, MailOpen } from "lucide-react";
import { type ReactNode, useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useGate } from "@/parts/gate";
import { PersonSelect } from "@/parts/person-select";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Field, Select } from "@/ui/field";
import { Tip } from "@/ui/tip";

/** Hold shows who speaks in a group now, robot or person, and lets a person take over and hand back. */
export function Hold({
  session,
  more,
  onUnread,
}: {
  session: Session | undefined;
  more?: ReactNode;
  /** Lets the reader come back to it later. */
  onUnread: () => void;
}) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const takes = useGate(SessionService.method.takeOverSession);
  const gives = useGate(SessionService.method.handBackSession);
  const unread = useGate(SessionService.method.markSessionUnread);
  const [asked, setAsked] = useState<"take" | "back">();
  const [person, setPerson] = useState("");
  const [minutes, setMinutes] = useState(30);
  if (!session) return null;
  const { name } = session;
  const calls = {
    take: (reason: string) =>
      client(SessionService).takeOverSession({
        name,
        person,
        reason,
        until: timestampFromMs(Date.now() + minutes * 60_000),
      }),
    back: (reason: string) => client(SessionService).handBackSession({ name, reason }),
  };
  const holder = session.interventions[0];
  return (
    <div className="flex flex-wrap items-center gap-3 border-b bg-surface px-4 py-2">
      <h2 className="text-base font-semibold">{session.title || session.id}</h2>
      {session.held ? (
        <span className="flex items-center gap-1.5 text-person">
          <Hand className="size-4" aria-hidden />
          {t("sessions.heldBy", { person: holder ? titles.person(holder.person) : "" })}
          {holder?.until && <Time at={holder.until} ago />}
        </span>
      ) : (
        <span className="flex items-center gap-1.5 text-ok">
          <Bot className="size-4" aria-hidden />
          {t("sessions.robotSpeaks")}
        </span>
      )}
      <div className="ml-auto flex items-center gap-1">
        {session.held ? (
          <Button {...gives} onClick={() => setAsked("back")}>
            <Bot /> {t("sessions.back")}
          </Button>
        ) : (
          <Button {...takes} onClick={() => setAsked("take")}>
            <Hand /> {t("sessions.take")}
          </Button>
        )}
        <Tip text={t("sessions.markUnread")}>
          <Button tone="quiet" size="icon" aria-label={t("sessions.markUnread")} {...unread} onClick={onUnread}>
            <MailOpen />
          </Button>
        </Tip>
        {more}
      </div>
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={t(`sessions.${asked}`)}
          verb={t(`sessions.${asked}`)}
          reason
          onConfirm={(reason) => act(calls[asked](reason), t(`sessions.${asked}Done`))}
        >
          <p className="text-soft">{t(`sessions.${asked}Ask`)}</p>
          {asked === "take" && (
            <>
              <Field label={t("word.person")}>
                {(props) => <PersonSelect {...props} value={person} onChange={setPerson} />}
              </Field>
              <Field label={t("sessions.takeFor")}>
                {(props) => (
                  <Select {...props} value={minutes} onChange={(e) => setMinutes(Number(e.target.value))}>
                    {[30, 60, 240, 480].map((m) => (
                      <option key={m} value={m}>
                        {t("sessions.minutes", { count: m })}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            </>
          )}
        </Confirm>
      )}
    </div>
  );
}
