// The arithmetic of the line chart, free of any drawing.

import { Unit } from "../core/query";

/** Grid lines above zero. */
export const GRID_LINES = 4;

/** Close to each other, so that the line fills the picture. */
const COUNT_STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** Of a small ratio: its decimals stay few. */
const RATIO_STEPS = [1, 2, 2.5, 5, 10];
/** Steps of a duration axis, in seconds. */
const DURATION_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];

/** The values of the grid lines from 0 up, evenly spaced, the last at or above `largest`. */
export function gridValues(unit: Unit, largest: number): number[] {
  const step = gridStep(unit, largest / GRID_LINES);
  return Array.from({ length: GRID_LINES + 1 }, (_, i) => Number((i * step).toFixed(10)));
}

function gridStep(unit: Unit, least: number): number {
  if (unit === "seconds") {
    return DURATION_STEPS.find((step) => step >= least) ?? Math.ceil(least / 3600) * 3600;
  }
  // A share cannot pass 100 %, and a count has no halves.
  if (unit === "percent") return [1, 2, 5, 10, 15, 20, 25].find((step) => step >= least) ?? 25;
  const whole = unit === "count";
  if (!(least > 0)) return whole ? 1 : 0.25;
  const power = 10 ** Math.floor(Math.log10(least));
  const usable = (whole ? COUNT_STEPS : RATIO_STEPS)
    .map((step) => step * power)
    .filter((step) => !whole || Number.isInteger(step));
  return usable.find((step) => step >= least * (1 - 1e-9)) ?? Math.ceil(least);
}

/** Every how many buckets the axis carries a label so that labels keep `labelWidth` px apart. */
export function labelEvery(buckets: number, width: number, labelWidth: number): number {
  if (buckets < 2) return 1;
  const room = Math.max(1, Math.floor(width / labelWidth));
  return Math.max(1, Math.ceil((buckets - 1) / room));
}

/** Runs of neighbouring indexes that have a value: a line is never drawn across a hole. */
export function runs(values: readonly (number | null)[]): number[][] {
  const out: number[][] = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (i > 0 && values[i - 1] !== null && out.length) out[out.length - 1]?.push(i);
    else out.push([i]);
  });
  return out;
}

/** The index whose bucket is nearest to `x`. */
export function nearest(x: number, left: number, step: number, count: number): number {
  if (count < 2 || step <= 0) return 0;
  return Math.min(count - 1, Math.max(0, Math.round((x - left) / step)));
}
