/** Defaults of releases of contributed pay, which the operator of the service may change (service/limits.py). */
export const CLASS_SIZE = 10;
export const RELEASE_DAYS = 28;

/** Months after which the records of a release are removed (service/intake/release_calendar.py). */
export const LIFETIME_MONTHS = 24;
