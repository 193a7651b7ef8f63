// Who may come in.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { go, link } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { tryTo } from '../ui/notice.js';
import { Empty, Failure, Heading, Loading, Tags, Time }
  from '../ui/basics.js';
import { Pages, Table } from '../ui/table.js';

const SIZE = 25;

async function load(query) {
  const page = Number(query.page) || 1;
  const { data } = await api.get('/tokens', { limit: SIZE + 1,
    offset: (page - 1) * SIZE, sort: query.sort ?? '-id' });
  return { page, rows: data.slice(0, SIZE), more: data.length > SIZE };
}

export function Tokens({ query }) {
  const { data, error, loading, reload } =
    useLoad(() => load(query), [JSON.stringify(query)]);
  useKeys({ ...rowKeys, n: () => go('/tokens/new') });
  const revoke = async (token) => {
    if (!await ask({ title: t.tokens.revokeTitle(token.name), danger: true,
      body: t.tokens.revokeBody, action: t.tokens.revoke })) return;
    await tryTo(() => api.delete(`/tokens/${token.id}`), t.tokens.revoked);
    reload();
  };
  const columns = [
    { key: 'name', name: t.tokens.name, sort: 'name', place: 'lead', cell: (k) =>
      html`<strong class="clip">${k.name}</strong>` },
    { key: 'role', name: t.tokens.role, sort: 'role', cell: (k) => html`
      <span class="tag">${k.role}</span>` },
    { key: 'collections', name: t.tokens.collections, cell: (k) =>
      k.collections?.length ? html`<${Tags} list=${k.collections} />`
        : t.none },
    { key: 'prefix', name: t.tokens.prefix, cell: (k) => k.prefix
      ? html`<code>${k.prefix}…</code>` : t.none },
    { key: 'created', name: t.tokens.created, sort: 'created_at',
      cell: (k) => html`<${Time} at=${k.created_at} />` },
    { key: 'used', name: t.tokens.used, cell: (k) => k.last_used_at ? html`
      <${Time} at=${k.last_used_at} away />` : t.tokens.never },
    { key: 'expires', name: t.tokens.expires, cell: (k) => k.expires_at ? html`
      <${Time} at=${k.expires_at} />` : t.tokens.never },
    { key: 'acts', name: t.actionsColumn, place: 'end', cell: (k) => html`
      <button type="button" class="small secondary outline"
        aria-label=${`${t.tokens.revoke} ${k.name}`}
        onClick=${() => revoke(k)}>${t.tokens.revoke}</button>` },
  ];
  return html`<${Heading} title=${t.tokens.title}>
      <a role="button" href=${link('/tokens/new')}>${t.tokens.new}</a><//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && html`<${Empty} title=${t.tokens.emptyTitle}
      body="" />`}
    ${data?.rows.length > 0 && html`<${Table} label=${t.tokens.title}
        rows=${data.rows} columns=${columns} query=${query}
        sort=${query.sort ?? '-id'} />
      <${Pages} query=${query} page=${data.page} more=${data.more} />`}`;
}
