import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import type { Doc } from "@/graph/doc";
import { connect } from "@/graph/edit";
import type { Kind } from "@/graph/kinds";
import { useText } from "@/i18n";
import { toast } from "@/parts/toast";
import { Checkpoints } from "./checkpoints";
import { Conflict } from "./conflict";
import { ConnectTo } from "./connect-to";
import { CopyByHand } from "./copy-by-hand";
import type { Draft } from "./draft";
import { Intake, type Taken } from "./intake";
import { QuickAdd, type QuickAddAt } from "./quick-add";
import { Shortcuts } from "./shortcuts";

/** Asked is what the editor asks or shows over the flow. */
export type Asked =
  | { kind: "add"; where: QuickAddAt }
  | { kind: "connect"; from: string }
  | { kind: "copy"; text: string }
  | { kind: "take"; taken: Taken }
  | { kind: "checkpoints" }
  | { kind: "help" };

interface Props {
  asked: Asked | undefined;
  draft: Draft;
  flow: Flow;
  reader: boolean;
  edit: Draft["edit"];
  onAdd: (kind: Kind, where: QuickAddAt) => void;
  onClose: () => void;
}

/** Dialogs are what stands over the flow: one at a time, and a conflict above all. */
export function Dialogs({ asked, draft, flow, reader, edit, onAdd, onClose }: Props) {
  const { t } = useText();
  const doc = draft.history.now;
  return (
    <>
      {asked?.kind === "add" && (
        <QuickAdd
          onClose={onClose}
          onPick={(kind) => {
            onClose();
            onAdd(kind, asked.where);
          }}
        />
      )}
      {asked?.kind === "connect" && (
        <ConnectTo
          doc={doc}
          from={asked.from}
          onClose={onClose}
          onConnect={(port, to) => {
            onClose();
            edit(connect(doc, asked.from, port, to), t("editor.step.connect"));
          }}
        />
      )}
      {asked?.kind === "copy" && <CopyByHand text={asked.text} onClose={onClose} />}
      {asked?.kind === "take" && (
        <Intake
          taken={asked.taken}
          now={doc}
          onClose={onClose}
          onTake={(to: Doc) => {
            onClose();
            edit(to, t("editor.step.import"));
            toast(t("editor.imported"), { label: t("do.undo"), run: draft.undo });
          }}
        />
      )}
      {asked?.kind === "checkpoints" && (
        <Checkpoints draft={draft} name={flow.name} reader={reader} onReplace={edit} onClose={onClose} />
      )}
      <Shortcuts open={asked?.kind === "help"} onClose={onClose} />
      <Conflict draft={draft} />
    </>
  );
}
