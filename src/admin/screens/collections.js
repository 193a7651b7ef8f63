// Collections of the site: list, create, delete.
import { html, useState } from '../vendor/preact.js';
import { t, failureWords } from '../text.js';
import { api } from '../lib/api.js';
import { go, link } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { say } from '../ui/notice.js';
import { Empty, Failure, Heading, Loading } from '../ui/basics.js';
import { Table } from '../ui/table.js';
import { Summary, Text } from '../ui/fields.js';
import { mayWrite } from '../ui/me.js';

export const pathOf = (name) => `/collections/${encodeURIComponent(name)}`;

export function Collections({ me }) {
  const writes = mayWrite(me);
  const { data, error, loading, reload } = useLoad(async () =>
    (await api.get('/collections')).data.filter((c) => !c.meta?.system)
      .map((c) => ({ id: c.collection, name: c.collection })), []);
  useKeys({ ...rowKeys, n: () => writes && go('/collections/new') });
  const remove = async (name) => {
    if (!await ask({ title: t.collections.deleteTitle(name), danger: true,
      body: t.collections.deleteBody, action: t.delete })) return;
    try {
      await api.delete(pathOf(name));
      say(t.collections.deleted);
    } catch (failure) {
      say(failureWords(failure));
    }
    reload();
  };
  const columns = [
    { key: 'name', name: t.collections.name, place: 'lead', cell: (c) => html`
      <a data-row href=${link(pathOf(c.name))}>${c.name}</a>` },
    ...(writes ? [{ key: 'acts', name: t.actionsColumn, cell: (c) => html`
      <span class="row end">
        <a role="button" class="small secondary outline"
          href=${link(`${pathOf(c.name)}/new`)}>${t.items.new}</a>
        <button type="button" class="small secondary outline"
          aria-label=${`${t.delete} ${c.name}`}
          onClick=${() => remove(c.name)}>${t.delete}</button></span>` }] : [])];
  return html`<${Heading} title=${t.collections.title}>
      ${writes && html`<a role="button" href=${link('/collections/new')}>${
        t.collections.new}</a>`}<//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.length === 0 && html`<${Empty} title=${t.collections.emptyTitle}
      body=${t.collections.emptyBody} />`}
    ${data?.length > 0 && html`<${Table} label=${t.collections.title}
      rows=${data} columns=${columns} />`}`;
}

const types = ['string', 'text', 'integer', 'bigInteger', 'float', 'boolean',
  'csv', 'json', 'timestamp', 'date', 'uuid'];

function FieldRow({ row, i, onChange, onRemove }) {
  return html`<div class="pair">
    <input type="text" aria-label=${`${t.collections.field} ${i + 1}`}
      value=${row.field} autocomplete="off" spellcheck="false"
      onInput=${(event) => onChange({ field: event.currentTarget.value })} />
    <select aria-label=${`${t.collections.type} ${i + 1}`}
      onChange=${(event) => onChange({ type: event.currentTarget.value })}>
      ${types.map((type) => html`<option key=${type} value=${type}
        selected=${type === row.type}>${type}</option>`)}</select>
    <label class="short"><input type="checkbox" checked=${row.required}
      onChange=${(event) =>
        onChange({ required: event.currentTarget.checked })} />${
      t.collections.required}</label>
    <button type="button" class="secondary outline small"
      aria-label=${t.collections.removeField(row.field)}
      onClick=${onRemove}>×</button></div>`;
}

function definition(name, fields) {
  const named = fields.filter((row) => row.field.trim());
  const id = { field: 'id', type: 'integer',
    schema: { is_primary_key: true, has_auto_increment: true } };
  return { collection: name.trim(), ...(named.length && { fields: [id,
    ...named.map((row) => ({ field: row.field.trim(), type: row.type,
      schema: { is_nullable: !row.required },
      meta: { required: row.required } }))] }) };
}

export function CollectionForm() {
  const [name, setName] = useState('');
  const [fields, setFields] = useState([
    { field: 'title', type: 'string', required: false }]);
  const [errors, setErrors] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    try {
      const { data } = await api.post('/collections',
        definition(name, fields));
      say(t.collections.created);
      go(pathOf(data.collection));
    } catch (failure) {
      setErrors(failure.byField ?? { '': failureWords(failure) });
    }
  };
  return html`<${Heading} title=${t.collections.new}
      trail=${[[link('/collections'), t.collections.title]]} />
    <form onSubmit=${submit} noValidate class="narrow">
      <${Summary} errors=${errors} labels=${{ collection:
        t.collections.name }} />
      <${Text} label=${t.collections.name} hint=${t.collections.nameHint}
        value=${name} name="collection" spellcheck="false"
        error=${errors.collection} onValue=${setName} />
      <fieldset class="field"><legend>${t.collections.fields}</legend>
        ${fields.map((row, i) => html`<${FieldRow} key=${i} row=${row} i=${i}
          onChange=${(change) => setFields(fields.map((old, at) =>
            at === i ? { ...old, ...change } : old))}
          onRemove=${() => setFields(fields.filter((_, at) =>
            at !== i))} />`)}
        <button type="button" class="secondary outline small"
          onClick=${() => setFields([...fields,
            { field: '', type: 'string', required: false }])}>${
          t.collections.addField}</button>
        <small class="hint">${t.collections.fieldsHint}</small></fieldset>
      <div class="form-end"><button type="submit">${
          t.collections.create}</button>
        <a role="button" class="secondary outline"
          href=${link('/collections')}>${t.cancel}</a></div></form>`;
}
