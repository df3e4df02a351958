import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { Marked, parts } from "./changes";

it("marks what the other side has not, and says that a side is empty", () => {
  const shown = (other: string, text: string) =>
    renderToStaticMarkup(<Marked parts={parts(other, text)} className="x" />).replaceAll(/ class="[^"]*"/g, "");
  expect(shown("明天发货", "今天发货")).toBe("<mark>今</mark>天发货");
  expect(shown("", "今天")).toBe("<mark>今天</mark>");
  expect(shown("今天", "")).toBe("—");
});
