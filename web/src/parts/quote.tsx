import { useQuery } from "@connectrpc/connect-query";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { useText } from "@/i18n";
import { WhyLink } from "./links";
import { Time } from "./time";
import { lastPart } from "./titles";

/** Quote is what somebody said, by the message's id, with the way to why. A message that is not there any more leaves the link alone. */
export function Quote({ message }: { message: string }) {
  const { t } = useText();
  const { data } = useQuery(
    SessionService.method.getMessage,
    { name: `messages/${lastPart(message)}` },
    { enabled: message !== "", staleTime: 60_000, retry: false },
  );
  const said = data?.message;
  return (
    <div className="flex flex-col gap-0.5">
      {said && (
        <blockquote className="rounded-card border bg-sunken px-3 py-2 whitespace-pre-wrap">
          <span className="block text-xs text-faint">
            {said.senderName || t("word.robot")} · <Time at={said.receiveTime} />
          </span>
          {said.text || said.rawText}
        </blockquote>
      )}
      <span>
        <WhyLink message={message}>{t("why.open")}</WhyLink>
      </span>
    </div>
  );
}
