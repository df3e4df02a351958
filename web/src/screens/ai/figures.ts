import type { Language } from "@/i18n";

const locale = (lang: Language) => (lang === "zh" ? "zh-CN" : "en-GB");

/** yuan writes millionths of a yuan. Small sums keep the digits that tell them from nothing. */
export function yuan(micros: bigint, lang: Language): string {
  const value = Number(micros) / 1e6;
  return new Intl.NumberFormat(locale(lang), {
    minimumFractionDigits: 2,
    maximumFractionDigits: value !== 0 && Math.abs(value) < 1 ? 6 : 2,
  }).format(value);
}

/** whole writes a whole number. */
export function whole(value: bigint, lang: Language): string {
  return new Intl.NumberFormat(locale(lang)).format(value);
}
