import { Interval } from "../core/query";

/** The bucket `steps` after the one that starts with the day `first` (YYYY-MM-DD), as the server would name it. */
export function shiftBucket(interval: Interval, first: string, steps: number): string {
  const date = new Date(`${first}T00:00:00Z`);
  if (interval === "month") {
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + steps);
    return date.toISOString().slice(0, 7);
  }
  if (interval === "day") {
    date.setUTCDate(date.getUTCDate() + steps);
    return date.toISOString().slice(0, 10);
  }
  date.setUTCHours(steps);
  return date.toISOString().slice(0, 19);
}
