import { describe, expect, test } from "vitest";
import { absolute, relative, sameDay } from "./time";

describe("times", () => {
  const now = Date.now();
  const thisYear = new Date(`${new Date().getFullYear()}-11-20T06:03:22Z`);

  test("a record's time has its weekday, in the workspace's zone", () => {
    const weekday = (lang: string) =>
      new Intl.DateTimeFormat(lang, { weekday: "short", timeZone: "Asia/Shanghai" }).format(thisYear);
    expect(absolute(thisYear, "zh")).toBe(`11月20日 ${weekday("zh-CN")} 14:03`);
    expect(absolute(thisYear, "en", true)).toBe(`${weekday("en-GB")} 20 Nov 14:03:22`);
  });

  test("the year stands when it is another one, judged in the workspace's zone", () => {
    expect(absolute(new Date("2020-11-20T06:03:00Z"), "zh")).toBe("2020年11月20日 周五 14:03");
    expect(absolute(new Date("2020-11-20T06:03:00Z"), "en")).toBe("Fri 20 Nov 2020 14:03");
    expect(absolute(new Date("2019-12-31T16:30:00Z"), "en")).toBe("Wed 1 Jan 2020 00:30");
  });

  test("a day ends at midnight of the workspace's zone", () => {
    expect(sameDay(new Date("2026-03-05T16:00:00Z"), new Date("2026-03-06T15:59:59Z"))).toBe(true);
    expect(sameDay(new Date("2026-03-05T15:59:59Z"), new Date("2026-03-05T16:00:00Z"))).toBe(false);
  });

  test("Chinese stands apart from digits", () => {
    expect(relative(new Date(now - 3 * 86_400_000), now, "zh")).toBe("3 天前");
    expect(relative(new Date(now + 22 * 3_600_000), now, "zh")).toBe("22 小时后");
    expect(relative(new Date(now - 86_400_000), now, "zh")).toBe("昨天");
    expect(relative(new Date(now - 180_000), now, "en")).toBe("3 minutes ago");
  });
});
