import type { Overview } from "@gen/flowdesk/v1/resource_analytics_pb";
import { TriangleAlert } from "lucide-react";
import { useText } from "@/i18n";
import { type Range, rangeQuery } from "@/parts/range";
import { span } from "@/parts/time";
import { broken, failed, manual } from "./states";
import { Change, Tile } from "./tile";

type Counted = "groupsActive" | "messagesIn" | "repliesOut" | "commandsFailed" | "commandsManual" | "runsFailed";

/** Happened are the figures of the range, each beside the one of a week before. */
export function Happened({ overview, before, range }: { overview: Overview; before: Overview; range: Range }) {
  const { t, lang } = useText();
  const days = rangeQuery(range);
  const number = (value: number) => new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB").format(value);
  const counted = (name: string, key: Counted, to: string, trouble = false) => {
    const value = Number(overview[key]);
    return (
      <Tile
        name={name}
        value={number(value)}
        to={to}
        mark={trouble && value > 0 && <TriangleAlert className="size-4 shrink-0 text-warn" aria-hidden />}
        note={<Change now={value} before={Number(before[key])} tell={number} />}
      />
    );
  };
  const took = (name: string, key: "firstReplyMedian" | "firstReplyP95") => (
    <Tile
      name={name}
      value={overview.firstReplies > 0n ? span(overview[key] * 1000, lang) : "—"}
      to={`/analytics?${days}&open=${key === "firstReplyMedian" ? "median" : "p95"}`}
      note={
        before.firstReplies > 0n && overview.firstReplies > 0n ? (
          <Change now={overview[key]} before={before[key]} tell={(s) => span(s * 1000, lang)} />
        ) : (
          t("overview.before", {
            value: before.firstReplies > 0n ? span(before[key] * 1000, lang) : t("overview.none"),
          })
        )
      }
    />
  );
  return (
    <section aria-labelledby="happened" className="flex flex-col gap-2">
      <h2 id="happened" className="text-[15px] leading-6 font-semibold">
        {t("overview.happened")}
      </h2>
      <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
        {counted(t("overview.groups"), "groupsActive", "/sessions")}
        {counted(t("overview.messages"), "messagesIn", `/instances?${days}`)}
        {counted(t("overview.replies"), "repliesOut", `/commands?${days}`)}
        {took(t("overview.median"), "firstReplyMedian")}
        {took(t("overview.p95"), "firstReplyP95")}
        {counted(t("overview.failed"), "commandsFailed", `/commands?${days}&state=${failed}`, true)}
        {counted(t("overview.manual"), "commandsManual", `/commands?${days}&state=${manual}`, true)}
        {counted(t("overview.runs"), "runsFailed", `/instances?${days}&status=${broken}`, true)}
      </div>
    </section>
  );
}
