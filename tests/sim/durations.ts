/** Milliseconds, by name. @module */

/** 1,000. */
export const SECOND = 1000;
/** 60 seconds. */
export const MINUTE = 60 * SECOND;
/** 60 minutes. */
export const HOUR = 60 * MINUTE;
/** 24 hours. */
export const DAY = 24 * HOUR;
