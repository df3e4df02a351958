import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import type { FlowCheckpoint } from "@gen/flowdesk/v1/flow_checkpoints_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { BookmarkPlus, History, Trash2 } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { type Doc, docOf } from "@/graph/doc";
import { useText } from "@/i18n";
import { by } from "@/parts/by";
import { Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { absolute, clock, Time } from "@/parts/time";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input } from "@/ui/field";
import type { Draft } from "./draft";

/** keepDraft saves the draft and keeps it under a title. */
export async function keepDraft(draft: Draft, name: string, title: string): Promise<void> {
  await draft.flush();
  await client(FlowService).createFlowCheckpoint({ parent: name, title });
}

/** Checkpoints name the draft as it is, and bring back what it was: as a step that can be undone. */
export function Checkpoints({
  draft,
  name,
  reader,
  onReplace,
  onClose,
}: {
  draft: Draft;
  name: string;
  reader: boolean;
  onReplace: (doc: Doc, step: string) => void;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const [title, setTitle] = useState(() => t("kept.suggested", { time: clock(new Date(), lang, false) }));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { data, error, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery(
    FlowService.method.listFlowCheckpoints,
    { parent: name, pageSize: 20, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, staleTime: 0 },
  );
  const kept = data?.pages.flatMap((p) => p.flowCheckpoints);
  const called = (c: FlowCheckpoint) =>
    c.title || (c.createTime ? absolute(timestampDate(c.createTime), lang) : t("kept.automatic"));
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (problem) {
      setFailure(problem);
    } finally {
      setBusy(false);
    }
  };
  const save = () =>
    act(async () => {
      await keepDraft(draft, name, title.trim());
      toast(t("kept.saved", { title: title.trim() }));
      onClose();
    });
  const restore = (c: FlowCheckpoint) =>
    act(async () => {
      const { flowCheckpoint: whole } = await client(FlowService).getFlowCheckpoint({ name: c.name });
      onReplace(docOf(whole?.definition, whole?.layout), t("kept.restoreStep"));
      toast(t("kept.restored", { title: called(c) }), { label: t("do.undo"), run: draft.undo });
      onClose();
    });
  const remove = (c: FlowCheckpoint) =>
    act(async () => {
      await client(FlowService).deleteFlowCheckpoint({ name: c.name });
      await refetch();
    });
  return (
    <Dialog open onClose={onClose} title={t("kept.title")} description={t("kept.hint")}>
      <div className="flex flex-col gap-4">
        {!reader && (
          <form
            className="flex items-end gap-2"
            onSubmit={(e) => {
              e.preventDefault();
              if (title.trim()) void save();
            }}
          >
            <div className="min-w-0 flex-1">
              <Field label={t("kept.name")}>
                {(p) => (
                  <Input
                    {...p}
                    autoFocus
                    maxLength={100}
                    value={title}
                    onFocus={(e) => e.target.select()}
                    onChange={(e) => setTitle(e.target.value)}
                  />
                )}
              </Field>
            </div>
            <Button type="submit" tone="primary" disabled={busy || !title.trim()}>
              <BookmarkPlus /> {t("kept.save")}
            </Button>
          </form>
        )}
        {failure !== undefined && <Failure error={failure} />}
        {error ? (
          <Failure error={error} onRetry={refetch} />
        ) : !kept ? (
          <Skeleton rows={3} />
        ) : kept.length === 0 ? (
          <p className="text-soft">{t("kept.none")}</p>
        ) : (
          <ul className="divide-y" aria-label={t("kept.title")}>
            {kept.map((c) => (
              <li key={c.name} className="flex flex-wrap items-center gap-2 py-2">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-2 font-medium">
                    {called(c)} {c.automatic && <Tag>{t("kept.automatic")}</Tag>}
                  </p>
                  <p className="text-xs text-faint">
                    {by(c.author, c.authorTitle) && `${by(c.author, c.authorTitle)} · `}
                    <Time at={c.createTime} />
                  </p>
                </div>
                {!reader && (
                  <>
                    <Button size="small" disabled={busy} onClick={() => void restore(c)}>
                      <History /> {t("kept.restore")}
                    </Button>
                    <Button
                      size="icon"
                      tone="quiet"
                      disabled={busy}
                      aria-label={t("kept.remove", { title: called(c) })}
                      onClick={() => void remove(c)}
                    >
                      <Trash2 />
                    </Button>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
        {hasNextPage && (
          <Button size="small" className="self-start" onClick={() => void fetchNextPage()}>
            {t("kept.more")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
