import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { Messages } from "./zh";

/** Language is one of the product's two languages. */
export type Language = "zh" | "en";

const stored = "flowdesk.language";

function wanted(): Language {
  const kept = globalThis.localStorage?.getItem(stored);
  if (kept === "zh" || kept === "en") return kept;
  return globalThis.navigator?.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

// A reader loads the texts of one language; the other's come when it is asked for.
const texts: Record<Language, () => Promise<Messages>> = {
  zh: async () => (await import("./zh")).zh,
  en: async () => (await import("./en")).en,
};

const first = wanted();
await i18next.use(initReactI18next).init({
  lng: first,
  fallbackLng: false,
  resources: { [first]: { translation: await texts[first]() } },
  interpolation: { escapeValue: false },
  returnNull: false,
});
mark(first);

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Messages };
  }
}

/** language is the present one. */
export function language(): Language {
  return i18next.language === "en" ? "en" : "zh";
}

/** speakLanguage remembers the choice, and switches as soon as the texts are here. */
export async function speakLanguage(next: Language): Promise<void> {
  localStorage.setItem(stored, next);
  if (!i18next.hasResourceBundle(next, "translation"))
    i18next.addResourceBundle(next, "translation", await texts[next]());
  mark(next);
  await i18next.changeLanguage(next);
}

function mark(next: Language): void {
  if (typeof document !== "undefined") document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

/** useText gives the texts and the language of the reader. */
export function useText() {
  const { t } = useTranslation();
  return { t, lang: language() };
}

/** pick takes one of a text in two languages. */
export function pick(text: { zh: string; en: string } | undefined, lang: Language): string {
  if (!text) return "";
  return lang === "zh" ? text.zh || text.en : text.en || text.zh;
}

/** joined puts items one after another as the language does. */
export function joined(items: readonly string[], lang: Language): string {
  return items.join(lang === "zh" ? "、" : ", ");
}
