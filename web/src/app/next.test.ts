import { expect, test } from "vitest";
import { nextOf, toSignIn } from "./next";

test("the sign-in leads back to where the reader was", () => {
  const there = toSignIn({ pathname: "/flows/a/edit", search: "?node=b", hash: "#c" });
  expect(there).toBe("/signin?next=%2Fflows%2Fa%2Fedit%3Fnode%3Db%23c");
  expect(nextOf(new URLSearchParams(there?.slice(there.indexOf("?"))).get("next"), "https://desk.example")).toBe(
    "/flows/a/edit?node=b#c",
  );
  expect(toSignIn({ pathname: "/signin", search: "", hash: "" })).toBeUndefined();
  expect(toSignIn({ pathname: "/setup", search: "", hash: "#token=a" })).toBeUndefined();
});

test.each([
  null,
  "",
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example/",
  "/\t/evil.example/",
  "javascript:alert(1)",
  "/signin?next=/signin",
])("%j leads nowhere else", (asked) => {
  expect(nextOf(asked, "https://desk.example")).toBe("/");
});
