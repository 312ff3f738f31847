import { shiftBucket } from "./buckets";

describe("the buckets of the comparison", () => {
  it("are counted from its first day", () => {
    expect(shiftBucket("day", "2026-02-27", 3)).toBe("2026-03-02");
    expect(shiftBucket("month", "2025-12-15", 2)).toBe("2026-02");
    expect(shiftBucket("hour", "2026-11-21", 25)).toBe("2026-11-22T01:00:00");
  });
});
