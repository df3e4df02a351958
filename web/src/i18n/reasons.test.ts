import { expect, test } from "vitest";
import cases from "../../../internal/reasons/testdata/cases.json";
import { because, headline } from "./reasons";

// The command line and the server read the same cases.
test.each(cases)("$stored", ({ stored, zh, en }) => {
  expect(because(stored, "zh")).toBe(zh);
  expect(because(stored, "en")).toBe(en);
});

test("a reason that stands by itself is a sentence, and what people wrote stays as it is", () => {
  expect(headline("用户投诉或不满：三天了", "en")).toBe("A user complains: 三天了");
  expect(headline("用户投诉或不满：三天了", "zh")).toBe("用户投诉或不满：三天了");
  expect(headline("call her back", "en")).toBe("call her back");
});
