// The filters of deliveries; what is chosen stands in the address at once.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { refine } from '../lib/router.js';
import { Filters, Select, TextFilter } from './table.js';
import { WebhookFilter } from './webhook-filter.js';

const same = (value) => [value, value];

export function DeliveryFilters({ query, one }) {
  const set = (change) => refine({ ...query, before: undefined,
    after: undefined, at: undefined, ...change });
  const text = (name, words, type) => html`<${TextFilter} type=${type}
    words=${words} value=${query[name]}
    onValue=${(value) => set({ [name]: value })} />`;
  const choice = (name, words, options) => html`<${Select} label=${words}
    value=${query[name]} onChange=${(v) => set({ [name]: v })}
    options=${[['', words], ...options]} />`;
  const time = (name, words) => html`<label class="when"><span>${words}</span>
    <input type="datetime-local" value=${query[name] ?? ''}
      onChange=${(event) => set({ [name]: event.currentTarget.value })} />
    </label>`;
  const { states } = t;
  const more = ['action', 'answer', 'kind', 'since', 'until', 'collection',
    'event']
    .some((name) => query[name]);
  return html`<${Filters}>
    ${text('q', t.deliveries.search, 'search')}
    ${choice('state', t.deliveries.anyState, ['pending', 'leased',
      'delivered', 'dead', 'cancelled'].map((name) => [name, states[name]]))}
    ${!one && html`<${WebhookFilter} value=${query.webhook}
      onValue=${(webhook) => set({ webhook })} />`}
    <details class="more-filters" open=${more || undefined}>
      <summary>${t.moreFilters}</summary>
      <div class="filters">
        ${text('collection', t.deliveries.collection)}
        ${text('event', t.deliveries.anyEvent)}
        ${choice('action', t.deliveries.anyAction,
          Object.keys(t.actions).map(same))}
        ${choice('answer', t.deliveries.anyAnswer, [...['2xx', '3xx', '4xx',
          '5xx'].map(same), ['none', t.deliveries.noAnswer]])}
        ${choice('kind', t.deliveries.anyKind, [['test',
          t.deliveries.onlyTests], ['real', t.deliveries.noTests]])}
        ${time('since', t.deliveries.since)}${time('until',
          t.deliveries.until)}</div></details><//>`;
}
