import type { TranslationBundle } from '@jupyterlab/translation';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A running countdown of seconds: `5:59:12`, `4:09`, `2 d 03:04:05`. Never below 0. */
export function countdown(seconds: number): string {
  const total = Math.max(0, Math.ceil(seconds));
  const days = Math.floor(total / DAY);
  const hours = Math.floor((total % DAY) / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  const rest = two(total % MINUTE);
  if (days > 0) {
    return `${days} d ${two(hours)}:${two(minutes)}:${rest}`;
  }
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** A length of time in its two largest units: `2 h 5 min`, `45 s`, `3 d 4 h`. */
export function duration(seconds: number, trans: TranslationBundle): string {
  const total = Math.max(0, Math.floor(seconds));
  const days = Math.floor(total / DAY);
  const hours = Math.floor((total % DAY) / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  if (days > 0) {
    return trans.__('%1 d %2 h', days, hours);
  }
  if (hours > 0) {
    return trans.__('%1 h %2 min', hours, minutes);
  }
  return minutes > 0 ? trans.__('%1 min %2 s', minutes, total % MINUTE) : trans.__('%1 s', total);
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes, in units of 1024 as everywhere in the product: `182 MB`, `8.2 GB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  // 1023.5 would be rounded to 1024 of its unit.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 1 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

/** The moment of an RFC 3339 time as people here write it; the day only where it is not today's. */
export function moment(time: string, now: Date = new Date(), locale?: string): string {
  const date = new Date(time);
  const isToday = date.toDateString() === now.toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { month: 'short', day: 'numeric' };
  return date.toLocaleString(locale, { ...day, hour: '2-digit', minute: '2-digit' });
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
