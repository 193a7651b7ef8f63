// Items of one collection. Two calls: a page of rows and the fields.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { go, link, refine } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad, useSelection } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { tryTo } from '../ui/notice.js';
import { Empty, Failure, Heading, Loading } from '../ui/basics.js';
import { Chosen, Filters, Pages, Table, TextFilter } from '../ui/table.js';
import { mayWrite } from '../ui/me.js';
import { pathOf } from './collections.js';

const SIZE = 25, SHOWN = 5, CELL_CHARS = 80;

async function load(name, query) {
  const page = Number(query.page) || 1;
  const [items, fields] = await Promise.all([
    api.get(`/items/${encodeURIComponent(name)}`, { limit: SIZE + 1,
      // One more than is shown tells whether there is a next page.
      offset: (page - 1) * SIZE, sort: query.sort ?? '-id', search: query.q }),
    api.get(`/fields/${encodeURIComponent(name)}`)]);
  return { page, rows: items.data.slice(0, SIZE),
    more: items.data.length > SIZE, fields: fields.data };
}

function cellText(value) {
  if (value === null || value === undefined) return t.none;
  const text = typeof value === 'object' ? JSON.stringify(value)
    : String(value);
  return text.length > CELL_CHARS ? `${text.slice(0, CELL_CHARS)}…` : text;
}

function columns(name, data) {
  const declared = data.fields.map((f) => f.field);
  const names = declared.length > 1 ? declared
    : [...new Set(['id', ...data.rows.flatMap((row) => Object.keys(row))])];
  return names.slice(0, SHOWN).map((field) => ({ key: field, name: field,
    place: field === 'id' ? 'lead' : '',
    sort: declared.includes(field) ? field : undefined,
    cell: (row) => field === 'id' ? html`<a data-row
        href=${link(`${pathOf(name)}/items/${encodeURIComponent(row.id)}`)}>${row.id}</a>`
      : html`<span class="clip">${cellText(row[field])}</span>` }));
}

export function Items({ name, query, me }) {
  const writes = mayWrite(me);
  const { data, error, loading, reload } =
    useLoad(() => load(name, query), [name, JSON.stringify(query)]);
  const selection = useSelection(data?.rows);
  const create = `${pathOf(name)}/new`;
  useKeys({ ...rowKeys, n: () => writes && go(create) });
  const remove = async () => {
    const { ids } = selection;
    if (!await ask({ title: t.items.deleteTitle(ids.length), danger: true,
      body: t.items.deleteBody, action: t.delete })) return;
    await tryTo(() => api.delete(`/items/${encodeURIComponent(name)}`, ids),
      t.items.deleted(ids.length), { href: link('/deliveries',
        { collection: name }), words: t.items.see });
    reload();
  };
  return html`<${Heading} title=${t.items.title(name)}
      trail=${[[link('/collections'), t.collections.title]]}>
      ${writes && html`<a role="button" href=${link(create)}>${
        t.items.new}</a>`}<//>
    <${Filters}>
      <${TextFilter} type="search" words=${t.items.search} value=${query.q}
        onValue=${(q) => refine({ ...query, page: undefined, q })} /><//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && html`<${Empty}
      title=${query.q ? t.items.noneTitle : t.items.emptyTitle}
      body=${t.items.emptyBody}>
      ${writes && !query.q && html`<a role="button" href=${link(create)}>${
        t.items.new}</a>`}<//>`}
    ${data?.rows.length > 0 && html`
      <${Chosen} selection=${selection}>
        <button type="button" class="small danger" onClick=${remove}>${
          t.delete}</button><//>
      <${Table} label=${t.items.title(name)} rows=${data.rows} query=${query}
        sort=${query.sort ?? '-id'} columns=${columns(name, data)}
        selection=${writes && selection} nameOf=${(row) => row.id} />
      <${Pages} query=${query} page=${data.page} more=${data.more} />`}`;
}
