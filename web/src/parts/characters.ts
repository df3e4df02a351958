const segments = typeof Intl.Segmenter === "function" ? new Intl.Segmenter() : undefined;

/** characters counts a text as readers see it: a family of emoji is one. Browsers that cannot tell count code points, which are never fewer. */
export function characters(text: string): number {
  if (!segments) return [...text].length;
  let count = 0;
  for (const _ of segments.segment(text)) count++;
  return count;
}
