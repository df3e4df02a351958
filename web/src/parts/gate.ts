import type { DescMethod } from "@bufbuild/protobuf";
import { useMay } from "@/api/me";
import { useText } from "@/i18n";

/** useGate gives what a button takes that calls a method: it is disabled, and says why, where the reader's role may not. */
export function useGate(method: DescMethod): { disabled?: boolean; title?: string } {
  const { t } = useText();
  return useMay()(method) ? {} : { disabled: true, title: t("access.denied") };
}
