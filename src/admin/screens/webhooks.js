// The list of webhooks. Two calls: the rows of a page and their statistics;
// the server does the paging.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { go, link, refine } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad, usePoll, useSelection } from '../lib/hooks.js';
import { hostAndPath } from '../lib/format.js';
import { ask } from '../ui/dialog.js';
import { tryTo } from '../ui/notice.js';
import { Empty, Failure, Heading, Loading, Switch, Tags, Time }
  from '../ui/basics.js';
import { Chosen, Filters, Pages, Select, Table, TextFilter } from '../ui/table.js';
import { Trouble } from '../ui/trouble.js';
import { Rate } from '../ui/charts.js';
import { mayWrite } from '../ui/me.js';

const SIZE = 25;

function filterOf(query) {
  const all = [];
  if (query.q) all.push({ _or: [{ name: { _icontains: query.q } },
    { url: { _icontains: query.q } }] });
  if (query.status) all.push({ status: { _eq: query.status } });
  if (query.method) all.push({ method: { _eq: query.method } });
  if (query.action) all.push({ actions: { _contains: query.action } });
  return all.length ? { _and: all } : undefined;
}

async function loadPage(query) {
  const page = Number(query.page) || 1;
  const { data, meta } = await api.get('/webhooks', { limit: SIZE, page,
    sort: query.sort ?? '-id', filter: filterOf(query),
    meta: 'filter_count' });
  const stats = data.length === 0 ? { data: [] }
    : await api.get('/webhooks/stats', { ids: data.map((w) => w.id).join(',') });
  const byId = new Map(stats.data.map((s) => [s.webhook, s]));
  return { page, count: meta.filter_count,
    rows: data.map((webhook) => ({ ...webhook, stats: byId.get(webhook.id) })) };
}

function Address({ url }) {
  const [host, path] = hostAndPath(url);
  return html`<span class="address" title=${url}>${host}
    <small>${path}</small></span>`;
}

function Next({ w }) {
  const at = w.stats?.next_attempt_at, until = w.stats?.breaker_until;
  if (!at) return t.none;
  if (w.status === 'inactive') return t.webhooks.held;
  const first = until && until > at ? until : at;
  return Date.parse(first) <= Date.now() ? t.webhooks.sendingNow
    : html`<${Time} at=${first} away />`;
}

function columns(query, writes, onStatus) {
  return [
    { key: 'status', name: t.webhooks.status, sort: 'status', place: 'end',
      cell: (w) => html`
      <${Switch} on=${w.status === 'active'} disabled=${!writes}
        label=${t.webhooks.switch(w.name)}
        onChange=${(on) => onStatus([w.id], on)} />` },
    { key: 'name', name: t.webhooks.name, sort: 'name', place: 'lead', cell: (w) => html`
      <a data-row href=${link(`/webhooks/${w.id}`)}>${w.name || t.none}</a>
      <${Trouble} stats=${w.stats} />` },
    { key: 'method', name: t.webhooks.method, sort: 'method', cell: (w) =>
      html`<span class="method">${w.method}</span>` },
    { key: 'url', name: t.webhooks.url, sort: 'url', cell: (w) =>
      html`<${Address} url=${w.url} />` },
    { key: 'collections', name: t.webhooks.collections, cell: (w) => html`
      <${Tags} list=${w.collections} most=${2} />` },
    { key: 'actions', name: t.webhooks.actions, cell: (w) => html`
      <${Tags} list=${w.actions} />` },
    { key: 'rate', name: t.webhooks.rate, cell: (w) => html`
      <a class="plain-link" href=${link(`/webhooks/${w.id}/deliveries`)}>
        <${Rate} hours=${w.stats?.hours} /></a>` },
    { key: 'next', name: t.webhooks.next, cell: (w) => html`<${Next} w=${w} />` },
  ];
}

function WebhookFilters({ query }) {
  const set = (change) => refine({ ...query, page: undefined, ...change });
  return html`<${Filters}>
    <${TextFilter} type="search" words=${t.webhooks.search} value=${query.q}
      onValue=${(q) => set({ q })} />
    <${Select} label=${t.webhooks.status} value=${query.status}
      onChange=${(status) => set({ status })} options=${[
        ['', t.webhooks.filterStatus], ['active', t.states.active],
        ['inactive', t.states.inactive]]} />
    <${Select} label=${t.webhooks.method} value=${query.method}
      onChange=${(method) => set({ method })} options=${[
        ['', t.webhooks.filterMethod], ['POST', 'POST'], ['GET', 'GET']]} />
    <${Select} label=${t.webhooks.actions} value=${query.action}
      onChange=${(action) => set({ action })} options=${[
        ['', t.webhooks.filterAction], ...Object.entries(t.actions)]} />
  <//>`;
}

export function Webhooks({ query, me }) {
  const writes = mayWrite(me);
  const { data, error, loading, reload, setData } =
    useLoad(() => loadPage(query), [JSON.stringify(query)]);
  const selection = useSelection(data?.rows);
  useKeys({ ...rowKeys, n: () => writes && go('/webhooks/new') });
  usePoll(true, 15000, reload);

  const setStatus = async (ids, on) => {
    const status = on ? 'active' : 'inactive';
    // Shown at once; the answer, or the failure, sets it right.
    setData((old) => ({ ...old, rows: old.rows.map((w) =>
      ids.includes(w.id) ? { ...w, status } : w) }));
    await tryTo(() => api.patch('/webhooks', { keys: ids, data: { status } }),
      t.webhooks[on ? 'enabled' : 'disabled'](ids.length));
    reload();
  };
  const remove = async () => {
    const { ids } = selection;
    if (!await ask({ title: t.webhooks.deleteTitle(ids.length), danger: true,
      body: t.webhooks.deleteBody, action: t.delete })) return;
    if (await tryTo(() => api.delete('/webhooks', ids),
      t.webhooks.deleted(ids.length))) selection.clear();
    reload();
  };
  const filtered = query.q || query.status || query.method || query.action;
  return html`<${Heading} title=${t.webhooks.title}>
      ${writes && html`<a role="button" href=${link('/webhooks/new')}>${
        t.webhooks.new}</a>`}<//>
    <${WebhookFilters} query=${query} />
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data && data.rows.length === 0 && (filtered ? html`
      <${Empty} title=${t.webhooks.noneTitle} body=${t.webhooks.noneBody}>
        <a role="button" class="secondary outline" href=${link('/webhooks')}>${
          t.clearFilters}</a><//>` : html`
      <${Empty} title=${t.webhooks.emptyTitle} body=${t.webhooks.emptyBody}>
        ${writes && html`<a role="button" href=${link('/webhooks/new')}>${
          t.webhooks.new}</a>`}<//>`)}
    ${data && data.rows.length > 0 && html`
      <${Chosen} selection=${selection}>
        <button type="button" class="small"
          onClick=${() => setStatus(selection.ids, true)}>${
          t.webhooks.enable}</button>
        <button type="button" class="small secondary"
          onClick=${() => setStatus(selection.ids, false)}>${
          t.webhooks.disable}</button>
        <button type="button" class="small danger" onClick=${remove}>${
          t.delete}</button><//>
      <${Table} label=${t.webhooks.title} rows=${data.rows} query=${query}
        columns=${columns(query, writes, setStatus)}
        sort=${query.sort ?? '-id'} selection=${writes && selection}
        nameOf=${(w) => w.name} />
      <p class="count">${t.rows(data.count)}</p>
      <${Pages} query=${query} page=${data.page} size=${SIZE}
        count=${data.count} more=${data.page * SIZE < data.count} />`}`;
}
