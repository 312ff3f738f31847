import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Look } from "./look";
import { Moments } from "./moments";

describe("instants", () => {
  beforeEach(() => withTexts("en"));

  it("are hours today, else days", () => {
    const moments = TestBed.inject(Moments);
    const at = new Date(2026, 10, 22, 14, 2);
    expect(moments.short(at.toISOString(), new Date(2026, 10, 22, 20))).toBe("14:02");
    expect(moments.short(at.toISOString(), new Date(2026, 10, 23))).toBe("22 Nov");
    expect(moments.short(at.toISOString(), new Date(2027, 0, 1))).toBe("22 Nov 2026");
  });

  it("follow the clock that was chosen", () => {
    TestBed.inject(Look).take({ number_format: "language", clock: "12", theme: "system" });
    const at = new Date(2026, 10, 22, 14, 2);
    expect(TestBed.inject(Moments).short(at.toISOString(), at)).toMatch(/^2:02\spm$/);
  });
});
