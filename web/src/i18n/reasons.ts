import pairs from "../../../internal/reasons/reasons.json";
import type { Language } from "./index";

type Pair = Record<Language, string>;

type Pattern = { found: RegExp; pair: Pair; fixed: number; inside: boolean };

const whole = new Map<string, Pair>();
const patterns: Pattern[] = [];
for (const [zh = "", en = "", where] of pairs) {
  const pair = { zh, en };
  for (const text of [zh, en]) {
    if (!text.includes("%s")) {
      if (!whole.has(text)) whole.set(text, pair);
      continue;
    }
    const quoted = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%s", "(.+?)");
    patterns.push({
      found: new RegExp(`^${quoted}$`, "s"),
      pair,
      fixed: text.replaceAll("%s", "").length,
      inside: where === "inside",
    });
  }
}
patterns.sort((a, b) => b.fixed - a.fixed); // the most particular first

const colon = "：";
const joints: Pair[] = [
  { zh: "；", en: "; " },
  { zh: "、", en: ", " },
  { zh: colon, en: ": " },
];

// The server's package of the same name bounds reasons inside reasons alike.
const deepest = 6;

// What is marked as inside is no reason by itself: people write such words too.
function put(lang: Language, text: string, depth: number, within = false): string | undefined {
  const known = whole.get(text);
  if (known) return known[lang];
  if (depth === deepest || text === "") return undefined;
  for (const { found, pair, inside } of patterns) {
    if (inside && !within) continue;
    const values = found.exec(text)?.slice(1);
    if (!values) continue;
    return pair[lang]
      .split("%s")
      .map((part, i) => part + (values[i] === undefined ? "" : (put(lang, values[i], depth + 1, true) ?? values[i])))
      .join("");
  }
  for (const joint of joints) {
    const said = parts(lang, text, joint, depth, within);
    if (said !== undefined) return said;
  }
  const [, rule, reason] = ruled.exec(text) ?? [];
  const said = reason && put(lang, reason, depth + 1, within);
  return said && `${rule}: ${said}`;
}

// A reason behind the name of its rule.
const ruled = /^([a-z_]+): (.+)$/s;

// The first part must be a reason: what people say has such signs too. What stands behind a colon was said by somebody and stays.
function parts(lang: Language, text: string, joint: Pair, depth: number, within: boolean): string | undefined {
  for (const sign of [joint.zh, joint.en]) {
    const at = text.indexOf(sign);
    if (at < 0) continue;
    const said = put(lang, text.slice(0, at), depth + 1, within);
    if (said === undefined) continue;
    const rest = text.slice(at + sign.length);
    return said + joint[lang] + (joint.zh === colon ? rest : (put(lang, rest, depth + 1, within) ?? rest));
  }
  return undefined;
}

/**
 * because is a reason in the reader's language. Decisions keep their reasons in the language in which they were written; what is no reason, such
 * as a name or what somebody said, stays as it is.
 */
export function because(reason: string, lang: Language): string {
  return put(lang, reason, 0) ?? reason;
}

/** headline is a reason that stands by itself, as the title of a task or an alert: a sentence then, with a capital letter. What people wrote stays as it is. */
export function headline(reason: string, lang: Language): string {
  const said = put(lang, reason, 0);
  return said === undefined ? reason : said.charAt(0).toUpperCase() + said.slice(1);
}
