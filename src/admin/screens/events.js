// What happened: the list and one event.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { link, refine } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad } from '../lib/hooks.js';
import { withNames } from '../lib/names.js';
import { Code, Empty, Facts, Failure, Heading, Loading, State, Time }
  from '../ui/basics.js';
import { Filters, Select, Steps, Table, TextFilter } from '../ui/table.js';

const SIZE = 50;

function filterOf(query) {
  const all = [];
  if (query.before) all.push({ id: { _lt: Number(query.before) } });
  if (query.after) all.push({ id: { _gt: Number(query.after) } });
  for (const name of ['source', 'action', 'collection'])
    if (query[name]) all.push({ [name]: { _eq: query[name] } });
  return all.length ? { _and: all } : undefined;
}

async function load(query) {
  const { data } = await api.get('/events', { limit: SIZE + 1,
    sort: query.after ? 'id' : '-id', filter: filterOf(query),
    fields: 'id,source,action,collection,key,keys,created_at,deliveries' });
  const rows = data.slice(0, SIZE);
  if (query.after) rows.reverse();
  return { rows, more: data.length > SIZE };
}

const keyText = (e) => e.key !== null && e.key !== undefined ? String(e.key)
  : (e.keys ?? []).join(', ');

const columns = [
  { key: 'time', name: t.events.time, place: 'lead', cell: (e) => html`
    <a data-row href=${link(`/events/${e.id}`)}><${Time} at=${e.created_at} />
    </a>` },
  { key: 'source', name: t.events.source, cell: (e) =>
    t.events.sources[e.source] ?? e.source },
  { key: 'collection', name: t.events.collection, cell: (e) =>
    html`<span class="clip">${e.collection}</span>` },
  { key: 'action', name: t.events.action, cell: (e) => html`
    <span class="tag">${e.action}</span>` },
  { key: 'key', name: t.events.key, cell: (e) => html`
    <span class="clip">${keyText(e)}</span>` },
  { key: 'deliveries', name: t.events.deliveries, cell: (e) => e.deliveries },
];

export function Events({ query }) {
  const { data, error, loading, reload } =
    useLoad(() => load(query), [JSON.stringify(query)]);
  useKeys(rowKeys);
  const set = (change) => refine({ ...query, before: undefined,
    after: undefined, at: undefined, ...change });
  const filtered = query.source || query.action || query.collection;
  return html`<${Heading} title=${t.events.title} />
    <${Filters}>
      <${TextFilter} type="search" words=${t.events.collection}
        value=${query.collection}
        onValue=${(collection) => set({ collection })} />
      <${Select} label=${t.events.source} value=${query.source}
        onChange=${(source) => set({ source })} options=${[
          ['', t.events.anySource], ...Object.entries(t.events.sources)]} />
      <${Select} label=${t.events.action} value=${query.action}
        onChange=${(action) => set({ action })} options=${[
          ['', t.events.anyAction], ...Object.entries(t.actions)]} /><//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && html`<${Empty}
      title=${filtered ? t.events.noneTitle : t.events.emptyTitle}
      body=${t.events.emptyBody} />`}
    ${data?.rows.length > 0 && html`<${Table} label=${t.events.title}
        rows=${data.rows} columns=${columns} query=${query} />
      <${Steps} query=${query} rows=${data.rows} more=${data.more} />`}`;
}

const FIRST = 25;

// An event, the first of its deliveries, and their webhooks: three calls.
async function loadOne(id) {
  const [event, { data }] = await Promise.all([api.get(`/events/${id}`),
    api.get('/deliveries', { filter: { event: { _eq: Number(id) } },
      limit: FIRST, sort: 'id' })]);
  return { event: event.data, deliveries: data, names: await withNames(data) };
}

const ofEvent = (names) => [
  { key: 'time', name: t.deliveries.one, place: 'lead', cell: (d) => html`
    <a data-row href=${link(`/deliveries/${d.id}`)}>${d.id}</a>` },
  { key: 'state', name: t.deliveries.state, place: 'end', cell: (d) => html`
    <${State} state=${d.state} />` },
  { key: 'webhook', name: t.deliveries.webhook, cell: (d) => html`
    <a class="clip" href=${link(`/webhooks/${d.webhook}`)}>${
      names.get(d.webhook) ?? t.deliveries.deleted(d.webhook)}</a>` },
  { key: 'status', name: t.deliveries.status, cell: (d) =>
    d.last_status ?? (d.attempts ? t.deliveries.noAnswer : t.none) },
  { key: 'attempts', name: t.deliveries.attempts, cell: (d) => d.attempts },
];

export function Event({ id }) {
  const { data, error, reload } = useLoad(() => loadOne(id), [id]);
  useKeys(rowKeys);
  const e = data?.event;
  return html`<${Heading} title=${t.events.title1(id)}
      trail=${[[link('/events'), t.events.title]]} />
    <${Failure} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${e && html`<${Facts} list=${[
        [t.events.time, html`<${Time} at=${e.created_at} whole />`],
        [t.events.source, t.events.sources[e.source] ?? e.source],
        [t.events.collection, e.collection], [t.events.action, e.action],
        [t.events.key, keyText(e)]]} />
      <h2>${t.events.details}</h2>
      <${Code} label=${t.events.details}
        text=${JSON.stringify(e.payload, null, 2)} />
      ${e.accountability && html`<h2>${t.events.accountability}</h2>
        <${Code} label=${t.events.accountability}
          text=${JSON.stringify(e.accountability, null, 2)} />`}
      <h2>${t.events.deliveries}</h2>
      ${e.deliveries === 0 ? html`<p class="quiet">${t.events.unheard}</p>`
        : html`<${Table} label=${t.events.deliveries} rows=${data.deliveries}
          columns=${ofEvent(data.names)} />`}
      ${e.deliveries > FIRST && html`<p><a
        href=${link('/deliveries', { event: id })}>${
        t.events.all(e.deliveries)}</a></p>`}`}`;
}
