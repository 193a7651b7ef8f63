// What happened: the list and one event.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { link, refine } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad } from '../lib/hooks.js';
import { Code, Empty, Facts, Failure, Heading, Loading, Time }
  from '../ui/basics.js';
import { Select, Steps, Table } from '../ui/table.js';

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
  { key: 'time', name: t.events.time, cell: (e) => html`
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
    after: undefined, ...change });
  const filtered = query.source || query.action || query.collection;
  return html`<${Heading} title=${t.events.title} />
    <form class="filters" role="search"
        onSubmit=${(event) => event.preventDefault()}>
      <input type="search" aria-label=${t.events.collection}
        placeholder=${t.events.collection} value=${query.collection ?? ''}
        onChange=${(event) =>
          set({ collection: event.currentTarget.value.trim() })} />
      <${Select} label=${t.events.source} value=${query.source}
        onChange=${(source) => set({ source })} options=${[
          ['', t.events.anySource], ...Object.entries(t.events.sources)]} />
      <${Select} label=${t.events.action} value=${query.action}
        onChange=${(action) => set({ action })} options=${[
          ['', t.events.anyAction], ...Object.entries(t.actions)]} /></form>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && html`<${Empty}
      title=${filtered ? t.events.noneTitle : t.events.emptyTitle}
      body=${t.events.emptyBody} />`}
    ${data?.rows.length > 0 && html`<${Table} label=${t.events.title}
        rows=${data.rows} columns=${columns} query=${query} />
      <${Steps} query=${query} rows=${data.rows} more=${data.more} />`}`;
}

// An event and the deliveries it made: two calls.
async function loadOne(id) {
  const [event, deliveries] = await Promise.all([api.get(`/events/${id}`),
    api.get('/deliveries', { filter: { event: { _eq: Number(id) } },
      fields: 'id,webhook,state', limit: 100, sort: 'id' })]);
  return { event: event.data, deliveries: deliveries.data };
}

export function Event({ id }) {
  const { data, error, reload } = useLoad(() => loadOne(id), [id]);
  const e = data?.event;
  return html`<${Heading} title=${t.events.title1(id)}>
      <a role="button" class="small secondary outline"
        href=${link('/events')}>${t.events.back}</a><//>
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
      <ul>${data.deliveries.map((d) => html`<li key=${d.id}>
        <a href=${link(`/deliveries/${d.id}`)}>${t.delivery.title(d.id)}</a>
        ${' '}– ${t.states[d.state] ?? d.state}</li>`)}
        ${data.deliveries.length === 0 && html`<li>${t.none}</li>`}</ul>`}`;
}
