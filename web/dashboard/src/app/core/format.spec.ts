import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { DASH, Format, dayIn } from "./format";
import { METRIC_FACTS } from "./query";

/** Spaces of any kind as one: locales differ in which they use. */
const plain = (text: string) => text.replace(/[\u00a0\u202f\u2009]/g, " ");

describe("figures in English", () => {
  let format: Format;
  beforeEach(async () => {
    await withTexts("en");
    format = TestBed.inject(Format);
  });

  it("print each figure by its unit", () => {
    expect(format.figure("count", 18_402)).toBe("18,402");
    expect(format.figure("count", 12_345_678)).toBe("12.3m");
    expect(format.figure("ratio", 2.5527)).toBe("2.55");
    expect(format.figure("percent", 38.02)).toBe("38%");
    expect(format.figure("seconds", 112.4)).toBe("1m 52s");
    expect(format.figure("seconds", 59.6)).toBe("1m 00s");
    expect(format.figure("seconds", 7_505)).toBe("2h 05m");
  });

  it("never print a zero for no data", () => {
    expect(format.figure("percent", null)).toBe(DASH);
    expect(format.integer(null)).toBe(DASH);
    expect(format.change(METRIC_FACTS.visitors, null, 5)).toEqual({ text: DASH, tone: "" });
    expect(format.change(METRIC_FACTS.visitors, 5, null)).toEqual({ text: DASH, tone: "" });
    expect(format.change(METRIC_FACTS.visitors, 5, undefined)).toEqual({ text: DASH, tone: "" });
  });

  it("give a change in its own unit, with its true sign", () => {
    expect(format.change(METRIC_FACTS.visitors, 112, 100)).toEqual({ text: "+12%", tone: "up" });
    expect(format.change(METRIC_FACTS.visits, 88, 100)).toEqual({ text: "−12%", tone: "down" });
    expect(format.change(METRIC_FACTS.views_per_visit, 2.55, 2.44)).toEqual({ text: "+0.11", tone: "up" });
    expect(format.change(METRIC_FACTS.visit_duration, 106, 112)).toEqual({ text: "−6 s", tone: "down" });
  });

  it("call a falling bounce rate better, without turning its sign", () => {
    expect(format.change(METRIC_FACTS.bounce_rate, 38, 41)).toEqual({ text: "−3 pp", tone: "up" });
    expect(format.change(METRIC_FACTS.bounce_rate, 41, 38)).toEqual({ text: "+3 pp", tone: "down" });
  });

  it("do not judge what rounds to nothing, and cope with a start from nothing", () => {
    expect(format.change(METRIC_FACTS.visitors, 1001, 1000)).toEqual({ text: "0%", tone: "" });
    expect(format.change(METRIC_FACTS.visitors, 0, 0)).toEqual({ text: "0%", tone: "" });
    expect(format.change(METRIC_FACTS.visitors, 7, 0)).toEqual({ text: "new", tone: "up" });
    expect(format.change(METRIC_FACTS.visitors, 2_400, 100)).toEqual({ text: "×24", tone: "up" });
  });

  it("name days, hours and months as the server cut them, wherever the reader is", () => {
    expect(format.bucket("day", "2026-11-11")).toBe("Wed 11 Nov");
    expect(format.bucket("hour", "2026-10-25T02:00:00+02:00")).toBe("25 Oct, 2:00");
    expect(format.bucket("hour", "2026-11-12T14:20:33+01:00")).toBe("12 Nov, 14:20");
    expect(format.bucket("month", "2026-10-01")).toBe("Oct 2026");
    expect(format.tick("month", "2026-10")).toBe("Oct");
    expect(format.time("2026-10-25T14:05:33+01:00")).toBe("14:05");
  });

  it("show the years of a range only where they are not plain", () => {
    const today = new Date(2026, 10, 22);
    expect(plain(format.days({ from: "2026-10-26", to: "2026-11-22" }, today))).toBe("26 Oct – 22 Nov");
    expect(plain(format.days({ from: "2025-12-01", to: "2026-11-22" }, today))).toBe("1 Dec – 22 Nov");
    expect(plain(format.days({ from: "2025-11-22", to: "2026-11-22" }, today))).toBe("22 Nov 2025 – 22 Nov 2026");
    expect(plain(format.days({ from: "2024-12-01", to: "2025-11-22" }, today))).toBe("1 Dec 2024 – 22 Nov 2025");
    expect(plain(format.days({ from: "2026-11-22", to: "2026-11-22" }, today))).toBe("22 Nov");
  });
});

describe("figures in German", () => {
  it("follow the language's own rules", async () => {
    await withTexts("de");
    const format = TestBed.inject(Format);
    expect(format.figure("count", 18_402)).toBe("18.402");
    expect(plain(format.figure("percent", 38))).toBe("38 %");
    expect(format.figure("seconds", 112)).toBe("1 min 52 s");
    expect(plain(format.change(METRIC_FACTS.visitors, 88, 100).text)).toBe("−12 %");
    expect(format.axis("seconds", 120)).toBe("2 min");
  });
});

it("an instant is in another day by other clocks", () => {
  expect(dayIn("Europe/Berlin", "2026-11-22T23:30:00Z")).toBe("2026-11-23");
  expect(dayIn("America/New_York", "2026-11-22T23:30:00Z")).toBe("2026-11-22");
  expect(dayIn("UTC", new Date("2026-01-02T00:00:00Z"))).toBe("2026-01-02");
});
