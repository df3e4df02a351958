import { TextService } from "@gen/flowdesk/v1/text_service_pb";
import type { Understanding } from "@gen/flowdesk/v1/understanding_pb";
import { Sparkles } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Empty, Failure } from "@/parts/states";
import { Understood } from "@/parts/understood";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field, Textarea } from "@/ui/field";

/** Understand shows how a sentence is understood without a model. */
export function Understand() {
  const { t } = useText();
  const [text, setText] = useState("");
  const [shown, setShown] = useState<{ text: string; understanding: Understanding | undefined }>();
  const [error, setError] = useState<unknown>();
  const understand = async (wanted: string) => {
    setError(undefined);
    try {
      const answer = await client(TextService).understand({ text: wanted });
      setShown({ text: wanted, understanding: answer.understanding });
    } catch (failure) {
      setError(failure);
    }
  };
  const examples = [t("ai.example1"), t("ai.example2"), t("ai.example3")];
  return (
    <div className="grid gap-4 pt-4 lg:grid-cols-2">
      <Card title={t("ai.try")}>
        <form
          className="flex flex-col gap-3"
          onSubmit={(e) => {
            e.preventDefault();
            void understand(text);
          }}
        >
          <Field label={t("word.message")}>
            {(props) => (
              <Textarea {...props} rows={4} maxLength={4000} value={text} onChange={(e) => setText(e.target.value)} />
            )}
          </Field>
          <div className="flex flex-wrap gap-2">
            <Button type="submit" tone="primary" disabled={!text.trim()}>
              <Sparkles /> {t("ai.run")}
            </Button>
            {examples.map((example) => (
              <Button
                key={example}
                size="small"
                className="h-auto min-h-7 max-w-full shrink py-0.5 text-left whitespace-normal"
                onClick={() => {
                  setText(example);
                  void understand(example);
                }}
              >
                {example}
              </Button>
            ))}
          </div>
        </form>
      </Card>
      <Card title={t("ai.result")}>
        {error ? (
          <Failure error={error} />
        ) : shown?.understanding ? (
          <Understood understanding={shown.understanding} text={shown.text} />
        ) : (
          <Empty title={t("ai.empty")} hint={t("ai.emptyHint")} />
        )}
      </Card>
    </div>
  );
}
