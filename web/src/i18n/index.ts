import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { en } from "./en";
import { type Messages, zh } from "./zh";

/** Language is one of the product's two languages. */
export type Language = "zh" | "en";

const stored = "flowdesk.language";

function wanted(): Language {
  const kept = globalThis.localStorage?.getItem(stored);
  if (kept === "zh" || kept === "en") return kept;
  return globalThis.navigator?.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

void i18next.use(initReactI18next).init({
  lng: wanted(),
  fallbackLng: "zh",
  resources: { zh: { translation: zh }, en: { translation: en } },
  interpolation: { escapeValue: false },
  returnNull: false,
});
mark(wanted());

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

/** speakLanguage switches at once and remembers the choice. */
export function speakLanguage(next: Language): void {
  localStorage.setItem(stored, next);
  mark(next);
  void i18next.changeLanguage(next);
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
