import { Unit } from "../core/query";
import { GRID_LINES, gridValues, labelEvery, nearest, runs } from "./chart-scale";

describe("grid values", () => {
  it("are round and reach the largest value", () => {
    expect(gridValues("count", 790)).toEqual([0, 200, 400, 600, 800]);
    expect(gridValues("count", 1000)).toEqual([0, 250, 500, 750, 1000]);
    expect(gridValues("count", 1001)).toEqual([0, 300, 600, 900, 1200]);
    expect(gridValues("count", 4130)).toEqual([0, 1500, 3000, 4500, 6000]);
    expect(gridValues("ratio", 2.6)).toEqual([0, 1, 2, 3, 4]);
    expect(gridValues("percent", 61)).toEqual([0, 20, 40, 60, 80]);
    expect(gridValues("percent", 100)).toEqual([0, 25, 50, 75, 100]);
    expect(gridValues("seconds", 112)).toEqual([0, 30, 60, 90, 120]);
  });

  it("of a count are whole, even of a small one or none", () => {
    expect(gridValues("count", 0)).toEqual([0, 1, 2, 3, 4]);
    expect(gridValues("count", 1)).toEqual([0, 1, 2, 3, 4]);
    expect(gridValues("count", 9)).toEqual([0, 3, 6, 9, 12]);
  });

  it("hold for every unit and size", () => {
    for (const unit of ["count", "ratio", "percent", "seconds"] satisfies Unit[]) {
      for (let largest = 0.01; largest < 1e9; largest *= 1.7) {
        const values = gridValues(unit, unit === "percent" ? largest % 100 : largest);
        expect(values).toHaveLength(GRID_LINES + 1);
        expect(values[0]).toBe(0);
        expect(values.at(-1)).toBeGreaterThanOrEqual((unit === "percent" ? largest % 100 : largest) * (1 - 1e-6));
      }
    }
  });
});

describe("labels, runs and the cursor", () => {
  it("labels keep their distance", () => {
    expect(labelEvery(28, 1150, 72)).toBe(2);
    expect(labelEvery(28, 320, 72)).toBe(7);
    expect(labelEvery(1, 320, 72)).toBe(1);
    expect(labelEvery(365, 10, 72)).toBe(364);
  });

  it("a line never crosses a hole", () => {
    expect(runs([1, 2, null, 3, null, null, 4, 5])).toEqual([[0, 1], [3], [6, 7]]);
    expect(runs([null, null])).toEqual([]);
    expect(runs([0, 0])).toEqual([[0, 1]]);
  });

  it("the cursor takes the nearest bucket and stays inside", () => {
    expect(nearest(34, 34, 40, 10)).toBe(0);
    expect(nearest(55, 34, 40, 10)).toBe(1);
    expect(nearest(-50, 34, 40, 10)).toBe(0);
    expect(nearest(9999, 34, 40, 10)).toBe(9);
    expect(nearest(100, 34, 0, 1)).toBe(0);
  });
});
