// Dates of EMV objects as day numbers; no clock, no time zone.
//
// Owns: the century pivot and the day count. Day 0 is 1970-01-01.

/** What `dayOf` answers for a date that cannot exist. */
export const NO_DAY: i32 = i32.MIN_VALUE;

/** Milliseconds of a day. */
const DAY_MS: f64 = 86400000;

/** Value of a BCD byte whose digits were checked. */
export function bcd(at: usize): u32 {
  const byte: u32 = load<u8>(at);
  return (byte >>> 4) * 10 + (byte & 15);
}

/** EMV 4.4 Book 4 §6.7.3: years 00..49 are 20xx, 50..99 are 19xx. */
export function century(year: u32): u32 {
  return year < 50 ? 2000 + year : 1900 + year;
}

/** Day number of the YYMMDD at `at`, or NO_DAY for a month or day that no calendar has. */
export function dayOf(at: usize): i32 {
  const month = bcd(at + 1);
  const day = bcd(at + 2);
  if (month < 1 || month > 12 || day < 1 || day > 31) return NO_DAY;
  return dayNumber(century(bcd(at)), month, day);
}

/** Last day of the month YYMM at `at`, whose digits and month were checked. */
export function lastDayOf(at: usize): i32 {
  const month = bcd(at + 1);
  assert(month >= 1 && month <= 12);
  const year = century(bcd(at));
  return month == 12 ? dayNumber(year + 1, 1, 1) - 1 : dayNumber(year, month + 1, 1) - 1;
}

/** Day number of the UTC day in which `ms` lies. */
export function dayOfMs(ms: f64): i32 {
  return <i32>Math.floor(ms / DAY_MS);
}

/** Proleptic Gregorian calendar, the year taken to begin in March so that leap days come last. */
function dayNumber(year: u32, month: u32, day: u32): i32 {
  const y: i32 = <i32>year - (month <= 2 ? 1 : 0);
  const m: i32 = (<i32>month + 9) % 12;
  const days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + <i32>day - 1;
  return days - 719468; // Days from 0000-03-01 to 1970-01-01.
}
