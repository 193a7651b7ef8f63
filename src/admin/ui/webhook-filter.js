// One webhook as a filter: typed as a number, or found by a part of its name.
import { html, useEffect, useId, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useAddressText, useDebounced } from '../lib/hooks.js';

const MOST = 8;
const words = ({ id, name }) => `${name} (${id})`;

// What stands in the field as a number, or undefined while it is none.
const idOf = (text) => /^(?:.*\()?(\d+)\)?$/.exec(text.trim())?.[1];

export function WebhookFilter({ value, onValue }) {
  const [found, setFound] = useState([]);
  const list = useId();
  const [text, setText] = useAddressText(value, (typed) => {
    const id = idOf(typed);
    if (id || !typed) onValue(id);
  });
  const late = useDebounced(text.trim(), 250);
  useEffect(() => {
    if (!late || idOf(late)) return;
    api.get('/webhooks', { fields: 'id,name', limit: MOST, sort: 'name',
      filter: { name: { _icontains: late } } }).then(
      ({ data }) => setFound(data), () => { /* suggestions only */ });
  }, [late]);
  return html`<input type="text" list=${list} aria-label=${
    t.deliveries.anyWebhook} placeholder=${t.deliveries.anyWebhook}
    autocomplete="off" value=${text}
    onInput=${(event) => setText(event.currentTarget.value)} />
  <datalist id=${list}>${found.map((one) => html`<option key=${one.id}
    value=${words(one)} />`)}</datalist>`;
}
