// Filters of the address as a filter of the query language, and its pages.
// The service reads by the first condition that has an index, so those that
// leave the fewest rows come first.
const NARROW = ['q', 'event', 'webhook', 'state'];
export const FILTERS = [...NARROW, 'collection', 'action', 'answer', 'kind',
  'since', 'until'];

const local = (text) => new Date(text).toISOString();

function search(text) {
  if (/^\d+$/.test(text)) return { id: { _eq: Number(text) } };
  return { message_id: { _eq: text } };
}

// Statuses by class; 0 stands for no answer at all.
function answer(value) {
  if (value === 'none') return { _and: [{ last_status: { _null: true } },
    { attempts: { _gt: 0 } }] };
  const from = Number(value[0]) * 100;
  return { last_status: { _between: [from, from + 99] } };
}

const makers = {
  q: search,
  state: (v) => ({ state: { _eq: v } }),
  webhook: (v) => ({ webhook: { _eq: Number(v) } }),
  event: (v) => ({ event: { _eq: Number(v) } }),
  collection: (v) => ({ collection: { _eq: v } }),
  action: (v) => ({ action: { _eq: v } }),
  answer,
  kind: (v) => ({ test: { _eq: v === 'test' } }),
  since: (v) => ({ created_at: { _gte: local(v) } }),
  until: (v) => ({ created_at: { _lte: local(v) } }),
};

export function filterOf(query, webhook, more = []) {
  const all = [...more];
  const from = webhook ? { ...query, webhook } : query;
  for (const name of FILTERS)
    if (from[name]) all.push(makers[name](from[name]));
  return all.length ? { _and: all } : undefined;
}

// What a page of `size` rows asks for. Pages begin after or before an id; in
// order of time, where only the time narrows, with the time of that id.
export function pageOf(query, webhook, size) {
  const { before, after, at } = query;
  const timed = (query.since || query.until) && !webhook &&
    !NARROW.some((name) => query[name]);
  const more = [];
  if (before) more.push({ id: { _lt: Number(before) } });
  if (after) more.push({ id: { _gt: Number(after) } });
  if (timed && at) more.push({ created_at: after ? { _gte: at }
    : { _lte: at } });
  return { limit: size + 1, filter: filterOf(query, webhook, more),
    sort: `${after ? '' : '-'}${timed ? 'created_at' : 'id'}` };
}

export const isFiltered = (query) => FILTERS.some((name) => query[name]);
