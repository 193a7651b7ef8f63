// Options as the form holds them (texts) and as the interface wants them.
import { t } from '../text.js';

export const blank = { name: '', method: 'POST', url: '', status: 'active',
  data: true, actions: ['create', 'update', 'delete'], collections: [] };

const text = (value) => value === null || value === undefined ? ''
  : String(value);
const list = (value) => Array.isArray(value) ? value.join(', ') : '';

export function optionsIn(o) {
  return {
    headers: o.headers ?? [],
    timeout_ms: text((o.timeout_ms ?? 15000) / 1000),
    schedule: list(o.schedule), success: list(o.success),
    max_concurrency: text(o.max_concurrency),
    rate_per_second: text(o.rate_per_second),
    ordered: o.ordered ?? false, hub_signature: o.hub_signature ?? false,
    ed25519: o.ed25519 ?? false, cloudevents: o.cloudevents ?? false,
    verify_tls: o.verify_tls ?? true,
  };
}

const parts = (words) => words.split(/[\s,]+/).filter(Boolean);
const isNumber = (words) => /^\d+(\.\d+)?$/.test(words.trim());
const numberOrNull = (words) => words.trim() ? Number(words) : null;

export function optionsErrors(o) {
  const errors = {};
  for (const name of ['timeout_ms', 'max_concurrency', 'rate_per_second'])
    if (o[name].trim() && !isNumber(o[name])) errors[name] = t.form.notANumber;
  if (parts(o.schedule).some((word) => !isNumber(word)))
    errors.schedule = t.form.notAList;
  return errors;
}

export function optionsOut(o) {
  const schedule = parts(o.schedule).map(Number);
  const success = parts(o.success).map((word) =>
    isNumber(word) ? Number(word) : word);
  return {
    headers: o.headers.filter((row) => row.header || row.value),
    timeout_ms: o.timeout_ms.trim() ? Math.round(Number(o.timeout_ms) * 1000)
      : 15000,
    schedule: schedule.length ? schedule : null,
    success: success.length ? success : null,
    max_concurrency: numberOrNull(o.max_concurrency),
    rate_per_second: numberOrNull(o.rate_per_second),
    ordered: o.ordered, hub_signature: o.hub_signature, ed25519: o.ed25519,
    cloudevents: o.cloudevents, verify_tls: o.verify_tls,
  };
}
