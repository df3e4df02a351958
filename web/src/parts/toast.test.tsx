import { act, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Toasts, toast } from "./toast";

test("a way back is not offered any more once something else was done", () => {
  render(<Toasts />);
  act(() => toast("已发布 v4", { label: "撤销", run: () => {} }));
  expect(screen.getByRole("button").textContent).toBe("撤销");
  act(() => toast("已回滚到 v3"));
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByText("已回滚到 v3")).toBeTruthy();
});
