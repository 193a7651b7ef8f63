// Deliveries of all webhooks or of one, newest first. Filters stand in the
// address; pages go by id. Two calls: rows, and the names of their webhooks.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { link } from '../lib/router.js';
import { rowKeys, useKeys } from '../lib/keys.js';
import { useLoad, useOnce, usePoll, useSelection } from '../lib/hooks.js';
import { filterOf, isFiltered, pageOf } from '../lib/delivery-query.js';
import { withNames } from '../lib/names.js';
import { Empty, Failure, Heading, Loading, State, Time }
  from '../ui/basics.js';
import { Chosen, Steps, Table } from '../ui/table.js';
import { DeliveryFilters } from '../ui/delivery-filters.js';
import { Export } from '../ui/export.js';
import { Redeliver, redeliverIds } from '../ui/redeliver.js';
import { WebhookHead, useWebhook } from '../ui/webhook-head.js';
import { mayWrite } from '../ui/me.js';
import { say, tryTo } from '../ui/notice.js';

const SIZE = 50;

async function loadRows(query, webhook) {
  const { data } = await api.get('/deliveries',
    pageOf(query, webhook, SIZE));
  const rows = data.slice(0, SIZE);
  if (query.after) rows.reverse();
  return { rows, more: data.length > SIZE };
}

function Note({ row }) {
  if (row.state === 'pending' && row.next_attempt_at)
    return html`<span class="note">${
      Date.parse(row.next_attempt_at) > Date.now() ? t.deliveries.next
        : t.deliveries.due}${' '}
      <${Time} at=${row.next_attempt_at} away />
      ${row.last_error && html`<small>${row.last_error}</small>`}</span>`;
  return html`<span class="note">${row.last_error ?? t.none}</span>`;
}

function columns(names, one) {
  return [
    { key: 'time', name: t.deliveries.time, place: 'lead', cell: (d) => html`
      <a data-row href=${link(`/deliveries/${d.id}`)}><${Time}
        at=${d.created_at} /></a>` },
    { key: 'state', name: t.deliveries.state, place: 'end', cell: (d) => html`
      <${State} state=${d.state} />${d.test && html`${' '}<span class="tag">${
        t.deliveries.test}</span>`}` },
    ...(one ? [] : [{ key: 'webhook', name: t.deliveries.webhook, cell: (d) =>
      html`<a class="clip" href=${link(`/webhooks/${d.webhook}`)}>${
        names.get(d.webhook) ?? t.deliveries.deleted(d.webhook)}</a>` }]),
    { key: 'event', name: t.deliveries.event, cell: (d) => html`
      <a class="clip" href=${link(`/events/${d.event}`)}>${
        d.collection} ${d.action}</a>` },
    { key: 'status', name: t.deliveries.status, cell: (d) =>
      d.last_status ?? (d.attempts ? t.deliveries.noAnswer : t.none) },
    { key: 'attempts', name: t.deliveries.attempts, cell: (d) => d.attempts },
    { key: 'note', name: t.deliveries.note, cell: (d) => html`
      <${Note} row=${d} />` },
  ];
}

// The list changes soon without anybody's doing: rows come and go with the
// state that is asked for, or one of them is on its way.
const isOnItsWay = ({ state, next_attempt_at: at }) => state === 'leased' ||
  (state === 'pending' && Date.parse(at) <= Date.now());
const isMoving = (rows, state) => ['pending', 'leased'].includes(state) ||
  (rows ?? []).some(isOnItsWay);

// Rows that were not there when the list was last looked at.
function markFresh(rows, shown) {
  const newest = shown.rows[0]?.id ?? 0;
  for (const row of rows) row.fresh = row.id > newest;
  const count = rows.filter((row) => row.fresh).length;
  if (count) say(t.deliveries.arrived(count));
}

export function Deliveries({ id, query, me }) {
  const [live, setLive] = useState(false);
  const { data, error, loading, reload } = useLoad(async (shown, how) => {
    const { rows, more } = await loadRows(query, id);
    const names = await withNames(id ? [] : rows, how?.live && shown?.names);
    if (how?.live && shown) markFresh(rows, shown);
    return { rows, more, names };
  }, [JSON.stringify(query), id]);
  const webhook = useWebhook(id);
  const selection = useSelection(data?.rows);
  const newest = !query.before && !query.after;
  useKeys(rowKeys);
  usePoll(newest && (live || isMoving(data?.rows, query.state)), 2000,
    () => reload({ live }));
  const [redeliver] = useOnce(async () => {
    if (await tryTo(() => redeliverIds(selection.ids), t.deliveries.queued))
      selection.clear();
    await reload();
  });
  const filter = filterOf(query, id);
  const Head = id ? WebhookHead : Heading;
  return html`<${Head} id=${id} current="deliveries" webhook=${webhook}
      title=${t.deliveries.title}>
      <label class="live"><input type="checkbox" role="switch" checked=${live}
        onChange=${(event) => setLive(event.currentTarget.checked)} />${
        t.deliveries.live}</label>
      <${Export} path="/deliveries" filter=${filter} name="deliveries" />
      ${mayWrite(me) && html`<${Redeliver} filter=${filter}
        onDone=${reload} />`}<//>
    <${DeliveryFilters} query=${query} one=${!!id} />
    <${Failure} error=${error} retry=${reload} />
    ${!data && loading && html`<${Loading} />`}
    ${data?.rows.length === 0 && (isFiltered(query) ? html`
      <${Empty} title=${t.deliveries.noneTitle} body=${t.deliveries.noneBody}>
        <a role="button" class="secondary outline"
          href=${link(id ? `/webhooks/${id}/deliveries` : '/deliveries')}>${
          t.clearFilters}</a><//>` : html`
      <${Empty} title=${t.deliveries.emptyTitle}
        body=${t.deliveries.emptyBody} />`)}
    ${data?.rows.length > 0 && html`
      <${Chosen} selection=${selection}>
        <button type="button" class="small" onClick=${redeliver}>${
          t.deliveries.redeliver}</button><//>
      <${Table} label=${t.deliveries.title} rows=${data.rows} query=${query}
        columns=${columns(data.names, !!id)} nameOf=${(d) => d.id}
        selection=${mayWrite(me) && selection} />
      <${Steps} query=${query} rows=${data.rows} more=${data.more} />`}`;
}
