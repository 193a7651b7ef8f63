// Times, numbers and texts as people read them.
const full = new Intl.DateTimeFormat(undefined,
  { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined,
  { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit',
  minute: '2-digit' });
const numbers = new Intl.NumberFormat();
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const timeFull = (iso) => full.format(new Date(iso));
export const timeHour = (iso) => hour.format(new Date(iso));
export const number = (n) => numbers.format(n);

export function timeShort(iso) {
  const at = new Date(iso);
  return at.toDateString() === new Date().toDateString()
    ? clock.format(at) : short.format(at);
}

export const timeUtc = (iso) =>
  `${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

export function timeAway(iso, now = Date.now()) {
  const seconds = Math.round((new Date(iso) - now) / 1000);
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s)
    ?? units.at(-1);
  return relative.format(Math.round(seconds / size), unit);
}

export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
}

export function bytes(n) {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  for (; n >= 1024 && at < names.length - 1; at++) n /= 1024;
  return `${at && n < 10 ? n.toFixed(1) : Math.round(n)} ${names[at]}`;
}

export const percent = (part, all) =>
  all ? `${(Math.floor(1000 * part / all) / 10).toFixed(1)
    .replace(/\.0$/, '')} %` : '–';

export function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch {
    return text;
  }
}

export function isJson(text) {
  try { JSON.parse(text); return true; } catch { return false; }
}

export function hostAndPath(url) {
  try {
    const { host, pathname, search } = new URL(url);
    return [host, pathname + search];
  } catch {
    return [url, ''];
  }
}

// For a POSIX shell, inside single quotes.
export const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
