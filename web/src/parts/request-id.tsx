import { useText } from "@/i18n";

/** RequestId is the id of a request that failed, small, for the reader to quote: the server's log tells of it under that id. */
export function RequestId({ id }: { id: string }) {
  const { t } = useText();
  if (!id) return null;
  return (
    <span className="block select-all break-all text-[11px] opacity-70">
      {t("state.request")} <code className="font-mono">{id}</code>
    </span>
  );
}
