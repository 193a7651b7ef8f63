// One item: a field for each declared field, or JSON where none is declared.
import { html, useState } from '../vendor/preact.js';
import { t, errorsOf } from '../text.js';
import { api } from '../lib/api.js';
import { go, link, setGuard } from '../lib/router.js';
import { useLoad, useSubmit } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { useGuard } from '../ui/guard.js';
import { say } from '../ui/notice.js';
import { Failure, Heading, Loading } from '../ui/basics.js';
import { Area, Check, Summary, Text } from '../ui/fields.js';
import { mayWrite } from '../ui/me.js';
import { pathOf } from './collections.js';

async function load(name, id) {
  const [fields, item] = await Promise.all([
    api.get(`/fields/${encodeURIComponent(name)}`),
    id ? api.get(`/items/${encodeURIComponent(name)}/${encodeURIComponent(id)}`)
      : { data: null }]);
  return { item: item.data, fields: fields.data.filter((f) =>
    !f.schema?.is_primary_key && !f.meta?.readonly) };
}

const asText = (type, value) => value === null || value === undefined ? ''
  : type === 'json' ? JSON.stringify(value, null, 2)
    : Array.isArray(value) ? value.join(', ') : String(value);

// From the form's text to the value; empty is null.
function asValue(type, text) {
  if (type === 'boolean') return text;
  if (text === '') return null;
  if (type === 'json') return JSON.parse(text);
  if (type === 'csv') return text.split(',').map((s) => s.trim());
  if (['integer', 'float'].includes(type) && text.trim() &&
    Number.isFinite(Number(text))) return Number(text);
  return text;
}

function One({ field, value, error, onValue }) {
  const { type } = field;
  const label = field.field + (field.meta?.required ? ' *' : '');
  const props = { label, value, error, onValue };
  if (type === 'boolean') return html`<${Check} ...${props} role="switch" />`;
  if (type === 'text') return html`<${Area} ...${props} rows=${4} prose />`;
  if (type === 'json') return html`<${Area} ...${props} rows=${5} />`;
  return html`<${Text} ...${props} hint=${type === 'string' ? undefined : type}
    name=${field.field} inputmode=${
      ['integer', 'bigInteger', 'float'].includes(type) ? 'decimal' : 'text'}
    placeholder=${type === 'timestamp' ? '2026-01-31T12:00:00Z'
      : type === 'date' ? '2026-01-31' : undefined} />`;
}

function startOf({ fields, item }) {
  if (fields.length === 0) {
    const { id: _id, ...rest } = item ?? { title: 'Hello' };
    return { '': JSON.stringify(rest, null, 2) };
  }
  return Object.fromEntries(fields.map((f) => [f.field, f.type === 'boolean'
    ? item?.[f.field] ?? f.schema?.default_value ?? false
    : asText(f.type, item ? item[f.field] : f.schema?.default_value)]));
}

// The body to send, or throws {field: message}.
function bodyOf(fields, values, start, isNew) {
  if (fields.length === 0) {
    let body;
    try { body = JSON.parse(values['']); } catch { /* told below */ }
    if (!body || typeof body !== 'object' || Array.isArray(body))
      throw { '': t.items.notObject };
    return body;
  }
  const body = {};
  for (const { field, type } of fields) {
    if (values[field] === start[field] && (!isNew || values[field] === ''))
      continue;
    try { body[field] = asValue(type, values[field]); } catch {
      throw { [field]: t.items.notJson };
    }
  }
  return body;
}

function Form({ name, id, data, writes }) {
  const [start] = useState(() => startOf(data));
  const [values, setValues] = useState(start);
  const [errors, setErrors] = useState({});
  useGuard(writes && JSON.stringify(values) !== JSON.stringify(start));
  const path = `/items/${encodeURIComponent(name)}`;
  const see = { href: link('/deliveries', { collection: name }),
    words: t.items.see };
  const [submit, busy] = useSubmit(async () => {
    let body;
    try { body = bodyOf(data.fields, values, start, !id); } catch (wrong) {
      setErrors(wrong);
      return;
    }
    try {
      if (id) await api.patch(`${path}/${encodeURIComponent(id)}`, body);
      else await api.post(path, body);
      setGuard(null);
      say(t.items.saved, see);
      go(pathOf(name));
    } catch (failure) {
      setErrors(errorsOf(failure));
    }
  });
  const remove = async () => {
    if (!await ask({ title: t.items.deleteTitle(1), danger: true,
      body: t.items.deleteBody, action: t.delete })) return;
    try {
      await api.delete(`${path}/${encodeURIComponent(id)}`);
      setGuard(null);
      say(t.items.deleted(1), see);
      go(pathOf(name));
    } catch (failure) {
      setErrors(errorsOf(failure));
    }
  };
  const set = (field) => (value) => setValues((old) =>
    ({ ...old, [field]: value }));
  return html`<form class="narrow" onSubmit=${submit} noValidate>
    <${Summary} errors=${errors} labels=${{}} />
    <fieldset class="bare" disabled=${!writes}>
      ${data.fields.length === 0 ? html`<${Area} rows=${12}
          label=${t.items.json} value=${values['']} onValue=${set('')} />`
        : data.fields.map((field) => html`<${One} key=${field.field}
          field=${field} value=${values[field.field]}
          error=${errors[field.field]} onValue=${set(field.field)} />`)}
    </fieldset>
    ${writes && html`<div class="form-end">
      <button type="submit" aria-busy=${busy ? 'true' : undefined}>${id ? t.save : t.items.create}</button>
      <a role="button" class="secondary outline" href=${link(pathOf(name))}>${
        t.cancel}</a>
      ${id && html`<button type="button" class="danger outline"
        onClick=${remove}>${t.delete}</button>`}</div>`}</form>`;
}

export function ItemForm({ name, id, me }) {
  const { data, error, reload } = useLoad(() => load(name, id), [name, id]);
  return html`<${Heading} title=${id ? t.items.edit(id) : t.items.new}
      trail=${[[link('/collections'), t.collections.title],
        [link(pathOf(name)), name]]} />
    <${Failure} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${Form} name=${name} id=${id} data=${data}
      writes=${mayWrite(me)} />`}`;
}
