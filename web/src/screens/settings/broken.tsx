import { ConnectError } from "@connectrpc/connect";
import { FlowDiagnosticsSchema } from "@gen/flowdesk/v1/errors_pb";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { lastPart } from "@/parts/titles";

/** Broken lists the active flows that could not run with the settings, and why; nothing when that is not the trouble. */
export function Broken({ error }: { error: unknown }) {
  const { t, lang } = useText();
  const flows = ConnectError.from(error).findDetails(FlowDiagnosticsSchema)[0]?.flows ?? [];
  if (flows.length === 0) return null;
  return (
    <ul className="mx-4 flex flex-col gap-1">
      {flows.map((flow) => (
        <li key={flow.flow}>
          <Link className="text-primary hover:underline" to={`/flows/${lastPart(flow.flow)}/edit`}>
            {t("settings.breaks", { flow: lastPart(flow.flow) })}
          </Link>
          {flow.diagnostics.slice(0, 3).map((d) => (
            <p key={d.node + d.field + d.code} className="text-[13px] text-soft">
              {d.node} {d.field}: {lang === "zh" && d.messageZh ? d.messageZh : d.message}
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}
