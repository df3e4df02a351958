import pinyin from "pinyin-match";
import { describe, expect, test } from "vitest";
import { finder } from "./finder";

const names = ["张小明", "重庆客户群", "Alice 爱丽丝", "ＶＩＰ群", "单晓曾", "Zhang Wei"];
const found = (typed: string) => {
  const match = finder(typed, pinyin.match, () => {});
  return names.filter((name) => match(name));
};

describe("a name is found", () => {
  test.each([
    ["小明", ["张小明"]],
    ["zhang", ["张小明", "Zhang Wei"]],
    ["ZXM", ["张小明"]],
    ["zhangxiaom", ["张小明"]],
    ["xm", ["张小明"]],
    ["xiao ming", ["张小明"]],
    ["zhang xiao", ["张小明"]],
    ["cqkh", ["重庆客户群"]],
    ["chongqing", ["重庆客户群"]],
    ["vip", ["ＶＩＰ群"]],
    ["dxc", ["单晓曾"]],
    ["danxiaozeng", ["单晓曾"]],
    ["ali", ["Alice 爱丽丝"]],
    ["", names],
    ["xyz", []],
    ["1", []],
  ])("by %j", (typed, wanted) => expect(found(typed)).toEqual(wanted));
});

test("other words for a thing are searched as they are written, not as they sound", () => {
  const match = finder("ys", pinyin.match, () => {});
  expect(match("发送", "延时")).toBe(false);
  expect(match("延时", "发送")).toBe(true);
  expect(finder("delay", pinyin.match, () => {})("延时控制", "delay_control")).toBe(true);
});

test("sounds are missed only where letters stand against a Chinese name", () => {
  let missed = 0;
  const look = (typed: string, name: string) => finder(typed, undefined, () => missed++)(name);
  look("小明", "张小明");
  look("zhang", "Zhang Wei");
  look("zhang", "Li Lei");
  look("12", "张小明");
  expect(missed).toBe(0);
  look("zxm", "张小明");
  expect(missed).toBeGreaterThan(0);
});

test("nobody waits for letters that are no name", () => {
  const began = performance.now();
  for (const typed of ["xian".repeat(6), "anan".repeat(500), "a".repeat(4000)])
    for (let i = 0; i < 50; i++) finder(typed, pinyin.match, () => {})(`西安${i}`);
  expect(performance.now() - began).toBeLessThan(1000);
});
