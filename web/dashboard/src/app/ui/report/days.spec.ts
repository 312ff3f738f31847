import { addDays, addMonths, countDays, firstOfWeek, sameDayOf, weeksOf } from "./days";

describe("days", () => {
  it("go over the ends of months and years, and over the hour that is missing in spring", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2026-03-29", 1)).toBe("2026-03-30");
    expect(countDays("2026-10-26", "2026-11-22")).toBe(28);
    expect(addMonths("2026-01", -1)).toBe("2025-12");
    expect(sameDayOf("2026-02", "2026-01-31")).toBe("2026-02-28");
  });

  it("are weeks that begin where the reader's do", () => {
    expect(firstOfWeek("de")).toBe(1);
    const november = weeksOf("2026-11", 1);
    expect(november.length).toBe(6);
    expect(november[0]).toEqual([...new Array<undefined>(6).fill(undefined), "2026-11-01"]);
    expect(november[5]![0]).toBe("2026-11-30");
    expect(weeksOf("2026-11", 0)[0]![0]).toBe("2026-11-01");
    expect(weeksOf("2026-02", 0).length).toBe(4);
  });
});
