/** Days as the server writes them ("2026-11-22"), reckoned without any zone. */
export type Day = string;

const MS_PER_DAY = 86_400_000;
const DAYS_PER_WEEK = 7;

const ms = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const dayOf = (time: number): Day => new Date(time).toISOString().slice(0, 10);

export const addDays = (day: Day, days: number): Day => dayOf(ms(day) + days * MS_PER_DAY);

/** How many days there are, both ends included. */
export const countDays = (from: Day, to: Day): number => (ms(to) - ms(from)) / MS_PER_DAY + 1;

/** "2026-11" */
export const monthOf = (day: Day): string => day.slice(0, 7);

export function addMonths(month: string, months: number): string {
  const [year = 0, one = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, one - 1 + months, 1)).toISOString().slice(0, 7);
}

/** The same day of another month, or its last. */
export function sameDayOf(month: string, day: Day): Day {
  const last = addDays(`${addMonths(month, 1)}-01`, -1);
  const wanted = `${month}-${day.slice(8)}`;
  return wanted < last ? wanted : last;
}

/** From 0, the first day of the week. */
export const weekdayOf = (day: Day, firstOfWeek: number): number =>
  (new Date(ms(day)).getUTCDay() - firstOfWeek + DAYS_PER_WEEK) % DAYS_PER_WEEK;

/** The weeks of a month, with gaps before its first and after its last day. */
export function weeksOf(month: string, firstOfWeek: number): (Day | undefined)[][] {
  const first = `${month}-01`;
  const days: (Day | undefined)[] = new Array<undefined>(weekdayOf(first, firstOfWeek)).fill(undefined);
  for (let day = first; monthOf(day) === month; day = addDays(day, 1)) days.push(day);
  while (days.length % DAYS_PER_WEEK) days.push(undefined);
  return Array.from({ length: days.length / DAYS_PER_WEEK }, (_, week) =>
    days.slice(week * DAYS_PER_WEEK, (week + 1) * DAYS_PER_WEEK),
  );
}

/** 0 is Sunday, as in Date; Monday where the browser does not know. */
export function firstOfWeek(locale: string): number {
  const known = new Intl.Locale(locale) as { getWeekInfo?: () => { firstDay: number } };
  return (known.getWeekInfo?.().firstDay ?? 1) % DAYS_PER_WEEK;
}
