import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { Lock, Megaphone } from "lucide-react";
import { type ReactNode, useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { characters } from "@/parts/characters";
import { Composer } from "@/parts/composer";
import { useGate } from "@/parts/gate";
import { Failure } from "@/parts/states";
import { useDraft } from "@/parts/unsent";
import { cn } from "@/ui/cn";
import { noteText } from "./notes";

const freshId = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replaceAll(".", "-");

// Ids of what is on its way or failed, by where it goes.
const tries = new Map<string, { text: string; id: string }>();

/**
 * once sends a text under an id. A second try of the same text has the id of the first, should that have arrived after all, also when the
 * reader went to another group meanwhile: nothing is said or kept twice.
 */
async function once(to: string, text: string, send: (id: string) => Promise<unknown>): Promise<void> {
  const before = tries.get(to);
  const id = before?.text === text ? before.id : freshId();
  tries.set(to, { text, id });
  await send(id);
  if (tries.get(to)?.id === id) tries.delete(to);
}

/**
 * Compose writes to the group through the robot on duty, or to colleagues alone. The two look different, and each has its own draft: nothing
 * that was meant for one is ever sent to the other.
 */
export function Compose({ session }: { session: string }) {
  const { t } = useText();
  // Which of the two it was is kept with the draft: after a reload a half-written note is still a note.
  const [mode, setMode] = useDraft(`compose/${session}`);
  const noting = mode === "note";
  return (
    <div className={cn("border-t", noting ? "border-t-2 border-dashed border-warn bg-warn/10" : "bg-surface")}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pt-2">
        <fieldset className="flex rounded-control border bg-surface p-0.5">
          <legend className="sr-only">{t("sessions.writeTo")}</legend>
          <Way chosen={!noting} onChoose={() => setMode("")}>
            <Megaphone className="size-3.5" aria-hidden /> {t("sessions.toGroup")}
          </Way>
          <Way chosen={noting} note onChoose={() => setMode("note")}>
            <Lock className="size-3.5" aria-hidden /> {t("sessions.note")}
          </Way>
        </fieldset>
        <span className={cn("text-xs", noting ? "font-medium text-warn" : "text-faint")}>
          {noting ? t("sessions.noteHint") : t("sessions.toGroupHint")}
        </span>
      </div>
      {noting ? <Noting key="note" session={session} /> : <Saying key="say" session={session} />}
    </div>
  );
}

function Way({
  chosen,
  note = false,
  onChoose,
  children,
}: {
  chosen: boolean;
  note?: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <label
      className={cn(
        "flex h-7 cursor-pointer items-center gap-1 rounded-[4px] px-2 text-[13px] has-focus-visible:outline-2 has-focus-visible:outline-primary max-md:h-9",
        !chosen && "text-soft hover:text-ink",
        chosen && (note ? "bg-warn/20 font-semibold text-ink" : "bg-primary-soft font-semibold text-ink"),
      )}
    >
      <input type="radio" name="compose" className="sr-only" checked={chosen} onChange={onChoose} />
      {children}
    </label>
  );
}

function Saying({ session }: { session: string }) {
  const { t } = useText();
  const act = useAct();
  const { disabled = false, title } = useGate(QueueService.method.enqueueCommand);
  const [error, setError] = useState<unknown>();
  const send = async (text: string) => {
    setError(undefined);
    try {
      await once(`group/${session}`, text, (requestId) => {
        const call = client(QueueService).enqueueCommand({ command: { targetSession: session, text }, requestId });
        act(call, t("sessions.sent")).catch(() => {}); // the writer does not wait until all lists are read anew
        return call;
      });
    } catch (failure) {
      setError(failure);
      throw failure;
    }
  };
  return (
    <>
      {error !== undefined && <Failure error={error} />}
      <Composer
        bare
        keep={`session/${session}`}
        label={title ?? t("sessions.sayAs")}
        disabled={disabled}
        onSend={send}
      />
    </>
  );
}

function Noting({ session }: { session: string }) {
  const { t } = useText();
  const act = useAct();
  const { disabled = false, title } = useGate(SessionService.method.createSessionNote);
  const [error, setError] = useState<unknown>();
  const keep = async (text: string) => {
    setError(undefined);
    const length = characters(text);
    try {
      if (length > noteText) throw new Error(t("sessions.noteLong", { count: length, most: noteText }));
      await once(`note/${session}`, text, (noteId) => {
        const call = client(SessionService).createSessionNote({ parent: session, sessionNote: { text }, noteId });
        act(call, t("sessions.noteSaved")).catch(() => {}); // as above
        return call;
      });
    } catch (failure) {
      setError(failure);
      throw failure;
    }
  };
  return (
    <>
      {error !== undefined && <Failure error={error} />}
      <Composer
        bare
        keep={`note/${session}`}
        label={title ?? t("sessions.noteWrite")}
        disabled={disabled}
        onSend={keep}
        verb={t("sessions.noteKeep")}
        icon={<Lock />}
        tone="plain"
      />
    </>
  );
}
