import type { TimeWindows } from "@gen/flowdesk/v1/nodes_message_pb";
import { useText } from "@/i18n";
import { coverOf, piecesOf } from "./day";
import { DayBar } from "./day-bar";

/** WindowsBar draws which windows of a branch hold when. Where the rest goes to else there are no gaps. */
export function WindowsBar({ value }: { value: TimeWindows }) {
  const { t } = useText();
  const pieces = value.windows.flatMap((w) => piecesOf(w.window).map((piece) => ({ ...piece, label: w.port })));
  const cover = coverOf(pieces);
  return (
    <DayBar
      label={t("day.window")}
      segments={pieces}
      cover={value.withElse ? { gaps: [], overlaps: cover.overlaps } : cover}
    />
  );
}
