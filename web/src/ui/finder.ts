import { useEffect, useMemo, useRef, useState } from "react";

/** Matcher tells whether a text in Chinese sounds as was typed: in syllables, of which the last may be unfinished, or by their first letters. */
type Matcher = (text: string, typed: string) => unknown;

/** Finder tells whether something is found: every typed word occurs in its name or in other words for it, or its Chinese name sounds so. */
export type Finder = (name: string, also?: string) => boolean;

const chinese = /\p{Script=Han}/u;
const letters = /^[a-zü]+$/;

// How long a word may be to be taken for pinyin: the ways to cut letters into syllables double with every few of them.
const longest = 24;

let matcher: Matcher | undefined;

/** plain is a text without its case and width. */
export function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** finder finds by what was typed; it calls miss when only the sounds of Chinese could tell, and they are not at hand. */
export function finder(typed: string, sounds: Matcher | undefined, miss: () => void): Finder {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const all = plain(typed).replace(/\s+/g, "");
  const heard = (name: string, word: string) => {
    if (word.length > longest || !letters.test(word) || !chinese.test(name)) return false;
    if (!sounds) miss();
    return Boolean(sounds?.(name, word));
  };
  return (name, also = "") => {
    const text = plain(`${name} ${also}`);
    return words.every((word) => text.includes(word) || heard(name, word)) || heard(name, all);
  };
}

/** useFinder is a finder for what is typed now. The sounds of Chinese are loaded once somebody types letters where a Chinese name stands. */
export function useFinder(typed: string): Finder {
  const [sounds, setSounds] = useState<Matcher | undefined>(() => matcher);
  const missed = useRef(false);
  const found = useMemo(
    () =>
      finder(typed, sounds, () => {
        missed.current = true;
      }),
    [typed, sounds],
  );
  useEffect(() => {
    if (!missed.current || sounds) return;
    let here = true;
    import("pinyin-match").then(
      (module) => {
        matcher = module.default.match;
        if (here) setSounds(() => module.default.match);
      },
      () => {}, // without them it finds by what is written
    );
    return () => {
      here = false;
    };
  });
  return found;
}
