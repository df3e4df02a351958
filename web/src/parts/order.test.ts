import { expect, test } from "vitest";
import { nextOrder, type Sort, sideOf } from "./order";

const created: Sort = { down: 1, up: 2, plain: "down" };
const due: Sort = { up: 3, down: 4 };
const gravest: Sort = { down: 5 };

test("a press on a head turns the order round, and goes through all that the server has", () => {
  expect(sideOf(created, "")).toBe("down");
  expect(nextOrder(created, "")).toBe("2");
  expect(sideOf(created, "2")).toBe("up");
  expect(nextOrder(created, "2")).toBe("1");
  expect(nextOrder(due, "")).toBe("4");
  expect(nextOrder(due, "4")).toBe("3");
  expect(sideOf(due, "2")).toBeUndefined();
});

test("names begin with the first", () => {
  const name: Sort = { up: 3, down: 4, first: "up" };
  expect(nextOrder(name, "")).toBe("3");
  expect(nextOrder(name, "3")).toBe("4");
});

test("a column with one direction is turned off again", () => {
  expect(nextOrder(gravest, "")).toBe("5");
  expect(sideOf(gravest, "5")).toBe("down");
  expect(nextOrder(gravest, "5")).toBeUndefined();
});
