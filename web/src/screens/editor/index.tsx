import { useParams } from "react-router";
import { Failure, Skeleton } from "@/parts/states";
import { useDraft } from "./draft";
import { Editor } from "./editor";

export default function EditorScreen() {
  const { flow = "" } = useParams();
  return <Loaded key={flow} name={`flows/${flow}`} />;
}

function Loaded({ name }: { name: string }) {
  const draft = useDraft(name);
  if (draft.error) return <Failure error={draft.error} onRetry={() => location.reload()} />;
  if (!draft.flow) return <Skeleton />;
  return <Editor draft={draft} flow={draft.flow} />;
}
