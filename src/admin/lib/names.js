// Names of the webhooks of deliveries; null: it is gone. Of those `known` only
// what is not among them is asked for.
import { api } from './api.js';

export async function withNames(rows, known) {
  const names = new Map(rows.map(({ webhook }) =>
    [webhook, known?.get(webhook) ?? null]));
  const ids = [...names.keys()].filter((id) => !known?.has(id));
  if (ids.length > 0) {
    const { data } = await api.get('/webhooks', { fields: 'id,name',
      limit: ids.length, filter: { id: { _in: ids } } });
    for (const { id, name } of data) names.set(id, name);
  }
  return names;
}
