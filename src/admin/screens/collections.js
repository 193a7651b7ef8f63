// Collections of the site: list, create, delete. The server does the paging.
import { html, useState } from '../vendor/preact.js';
import { t, errorsOf } from '../text.js';
import { api } from '../lib/api.js';
import { go, link, refine, setGuard } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad, useSubmit } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { useGuard } from '../ui/guard.js';
import { say, tryTo } from '../ui/notice.js';
import { Empty, Failure, Heading, Loading } from '../ui/basics.js';
import { Filters, Pages, Table, TextFilter } from '../ui/table.js';
import { Summary, Text } from '../ui/fields.js';
import { mayWrite } from '../ui/me.js';

export const pathOf = (name) => `/collections/${encodeURIComponent(name)}`;

const SIZE = 25;

// The system's own are not shown.
async function loadPage(query) {
  const page = Number(query.page) || 1;
  const { data, meta } = await api.get('/collections', { limit: SIZE, page,
    sort: query.sort ?? 'collection', fields: 'collection',
    filter: { _and: [{ collection: { _nstarts_with: 'directus_' } },
      ...(query.q ? [{ collection: { _icontains: query.q } }] : [])] },
    meta: 'filter_count' });
  return { page, count: meta.filter_count,
    rows: data.map((c) => ({ id: c.collection, name: c.collection })) };
}

export function Collections({ query, me }) {
  const writes = mayWrite(me);
  const { data, error, loading, reload } =
    useLoad(() => loadPage(query), [JSON.stringify(query)]);
  useKeys({ ...rowKeys, n: () => writes && go('/collections/new') });
  const remove = async (name) => {
    if (!await ask({ title: t.collections.deleteTitle(name), danger: true,
      body: t.collections.deleteBody, action: t.delete })) return;
    await tryTo(() => api.delete(pathOf(name)), t.collections.deleted);
    reload();
  };
  const columns = [
    { key: 'name', name: t.collections.name, sort: 'collection',
      place: 'lead', cell: (c) => html`
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
    <${Filters}><${TextFilter} type="search" words=${t.search}
      value=${query.q}
      onValue=${(q) => refine({ ...query, page: undefined, q })} /><//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && (query.q ? html`
      <${Empty} title=${t.collections.noneTitle} body="">
        <a role="button" class="secondary outline"
          href=${link('/collections')}>${t.clearFilters}</a><//>` : html`
      <${Empty} title=${t.collections.emptyTitle}
        body=${t.collections.emptyBody} />`)}
    ${data?.rows.length > 0 && html`<${Table} label=${t.collections.title}
        rows=${data.rows} columns=${columns} query=${query}
        sort=${query.sort ?? 'collection'} />
      <p class="count">${t.rows(data.count)}</p>
      <${Pages} query=${query} page=${data.page} size=${SIZE}
        count=${data.count} more=${data.page * SIZE < data.count} />`}`;
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

const start = [{ field: 'title', type: 'string', required: false }];

export function CollectionForm() {
  const [name, setName] = useState('');
  const [fields, setFields] = useState(start);
  const [errors, setErrors] = useState({});
  useGuard(JSON.stringify([name, fields]) !== JSON.stringify(['', start]));
  const [submit, busy] = useSubmit(async () => {
    try {
      const { data } = await api.post('/collections',
        definition(name, fields));
      setGuard(null);
      say(t.collections.created);
      go(pathOf(data.collection));
    } catch (failure) {
      setErrors(errorsOf(failure));
    }
  });
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
      <div class="form-end"><button type="submit"
          aria-busy=${busy ? 'true' : undefined}>${t.collections.create}</button>
        <a role="button" class="secondary outline"
          href=${link('/collections')}>${t.cancel}</a></div></form>`;
}
