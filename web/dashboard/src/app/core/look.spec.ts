import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Format } from "./format";
import { Look } from "./look";

const root = document.documentElement;

describe("how somebody wants to see things", () => {
  beforeEach(() => withTexts("de"));
  afterEach(() => {
    TestBed.inject(Look).take({ number_format: "language", clock: "language", theme: "system" });
    localStorage.removeItem("hitkeep.theme");
  });

  it("numbers are written as they were chosen, whatever the language", () => {
    const look = TestBed.inject(Look);
    const format = TestBed.inject(Format);
    const said = (number_format: "language" | "comma" | "point" | "space" | "apostrophe") => {
      look.take({ number_format, clock: "language", theme: "system" });
      return [format.integer(1234567), format.figure("ratio", 2.5)];
    };
    expect(said("language")).toEqual(["1.234.567", "2,50"]);
    expect(said("comma")).toEqual(["1,234,567", "2.50"]);
    expect(said("point")).toEqual(["1.234.567", "2,50"]);
    expect(said("space")).toEqual(["1\u202f234\u202f567", "2,50"]);
    expect(said("apostrophe")).toEqual(["1\u2019234\u2019567", "2.50"]);
  });

  it("hours are told with 12 or 24", () => {
    const look = TestBed.inject(Look);
    look.take({ number_format: "language", clock: "12", theme: "system" });
    expect(TestBed.inject(Format).time("2026-11-25T14:05:00+01:00")).toMatch(/^2:05\sPM$/);
    look.take({ number_format: "language", clock: "24", theme: "system" });
    expect(TestBed.inject(Format).time("2026-11-25T14:05:00+01:00")).toBe("14:05");
  });

  it("the theme is shown, and kept for the next time before one is known", () => {
    TestBed.inject(Look).take({ number_format: "language", clock: "language", theme: "dark" });
    expect([root.hasAttribute("data-dark"), root.hasAttribute("data-light")]).toEqual([true, false]);
    root.removeAttribute("data-dark");
    new Look();
    expect(root.hasAttribute("data-dark")).toBe(true);
  });
});
