import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { AccessRole } from "@gen/flowdesk/v1/resource_access_pb";
import type { SessionNote } from "@gen/flowdesk/v1/session_notes_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Lock, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { characters } from "@/parts/characters";
import { Confirm } from "@/parts/confirm";
import { useGate } from "@/parts/gate";
import { usePoll } from "@/parts/poll";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Field, Textarea } from "@/ui/field";
import { Tip } from "@/ui/tip";

/** noteText is the longest text of a note, in characters as readers see them. */
export const noteText = 4000;

/** useNotes are the notes of a session from a time on. Who watches the session reads them anew when one changed; a slow look finds the rest. */
export function useNotes(parent: string, since: Timestamp | undefined, ready: boolean) {
  return useQuery({
    queryKey: ["session notes", parent, String(since?.seconds ?? "")],
    enabled: ready,
    refetchInterval: usePoll(60_000),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const all: SessionNote[] = [];
      let pageToken = "";
      do {
        const request = { parent, pageSize: 200, pageToken, ...(since ? { since } : {}) };
        const page = await client(SessionService).listSessionNotes(request, { signal });
        all.push(...page.sessionNotes);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      return all;
    },
  });
}

/** Note is a private note between the messages of a chat; its author and admins change it here. */
export function Note({ note }: { note: SessionNote }) {
  const { t } = useText();
  const me = useMe().data;
  const changes = useGate(SessionService.method.updateSessionNote);
  const [asked, setAsked] = useState<"edit" | "delete">();
  const mine = !me || me.open || me.role === AccessRole.ADMIN || me.name === note.author;
  const edited =
    note.updateTime?.seconds !== note.createTime?.seconds || note.updateTime?.nanos !== note.createTime?.nanos;
  return (
    <li
      className="flex flex-col gap-1 self-stretch rounded-card border border-dashed border-warn bg-warn/10 px-3 py-2"
      data-note
    >
      <div className="flex items-start gap-2 text-xs text-soft">
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="flex items-center gap-1 font-semibold text-warn">
            <Lock className="size-3.5" aria-hidden /> {t("sessions.note")}
          </span>
          <span className="font-medium">{note.authorTitle || t("sessions.noteNobody")}</span>
          <Time at={note.createTime} />
          {edited && <span>{t("sessions.noteEdited")}</span>}
        </div>
        {mine && (
          <span className="-my-1.5 -mr-1 flex shrink-0">
            <Tip text={t("sessions.noteEdit")}>
              <Button
                tone="quiet"
                size="icon"
                aria-label={t("sessions.noteEdit")}
                {...changes}
                onClick={() => setAsked("edit")}
              >
                <Pencil />
              </Button>
            </Tip>
            <Tip text={t("sessions.noteDelete")}>
              <Button
                tone="quiet"
                size="icon"
                aria-label={t("sessions.noteDelete")}
                {...changes}
                onClick={() => setAsked("delete")}
              >
                <Trash2 />
              </Button>
            </Tip>
          </span>
        )}
      </div>
      <p className="whitespace-pre-wrap">{note.text}</p>
      {asked === "edit" && <Edit note={note} onClose={() => setAsked(undefined)} />}
      {asked === "delete" && <Delete note={note} onClose={() => setAsked(undefined)} />}
    </li>
  );
}

function Edit({ note, onClose }: { note: SessionNote; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [text, setText] = useState(note.text);
  const over = characters(text) > noteText;
  const { name, etag } = note;
  return (
    <Confirm
      open
      stay
      onClose={onClose}
      title={t("sessions.noteEdit")}
      verb={t("do.save")}
      disabled={over || !text.trim()}
      onConfirm={() =>
        act(
          client(SessionService).updateSessionNote({ sessionNote: { name, etag, text: text.trim() } }),
          t("sessions.noteSaved"),
        )
      }
    >
      <Field
        label={t("sessions.note")}
        help={t("sessions.noteHint")}
        {...(over ? { error: t("sessions.noteLong", { count: characters(text), most: noteText }) } : {})}
      >
        {(props) => <Textarea {...props} rows={5} value={text} onChange={(e) => setText(e.target.value)} />}
      </Field>
    </Confirm>
  );
}

function Delete({ note, onClose }: { note: SessionNote; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("sessions.noteDelete")}
      verb={t("do.delete")}
      danger
      onConfirm={() => act(client(SessionService).deleteSessionNote({ name: note.name }), t("sessions.noteDeleted"))}
    >
      <p className="text-soft">{t("sessions.noteDeleteAsk")}</p>
      <p className="line-clamp-3 rounded-card border border-dashed border-warn bg-warn/10 px-3 py-2">{note.text}</p>
    </Confirm>
  );
}
