import { useQuery } from "@connectrpc/connect-query";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { useParams } from "react-router";
import { useText } from "@/i18n";
import { DerivationView } from "@/parts/derivation";
import { Page } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";

export default function WhyMessage() {
  const { t } = useText();
  const { message = "" } = useParams();
  const { data, error, refetch } = useQuery(SessionService.method.whyMessage, { name: `messages/${message}` });
  return (
    <Page title={t("why.title")} intro={t("why.intro")}>
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : data?.derivation ? (
        <DerivationView derivation={data.derivation} />
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}
