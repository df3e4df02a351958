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

/** micros reads yuan that people typed, in millionths; what is no amount is 0. */
export function micros(text: string): bigint {
  const value = Number(text.normalize("NFKC").trim());
  return Number.isFinite(value) && value > 0 ? BigInt(Math.round(value * 1e6)) : 0n;
}

/** plainYuan writes millionths of a yuan as they are typed; nothing for 0. */
export function plainYuan(amount: bigint | undefined): string {
  return amount ? String(Number(amount) / 1e6) : "";
}
