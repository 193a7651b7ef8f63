// The three parts of the webhook form.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { Check, Checks, Choice, HeadersField, TagsField, Text }
  from './fields.js';

export function MainFields({ webhook, options, errors, set, setOption,
  start }) {
  const examples = [...new Map((start.examples ?? [])
    .map((one) => [one.url, one])).values()].slice(0, 3);
  return html`<div class="grid-2">
    <${Text} label=${t.form.name} value=${webhook.name} wide name="name"
      error=${errors.name} hint=${t.form.nameHint} maxlength="255"
      onValue=${(name) => set({ name })} />
    <${Choice} label=${t.form.method} value=${webhook.method}
      error=${errors.method} options=${[['POST', 'POST'], ['GET', 'GET']]}
      onValue=${(method) => set({ method })} />
    <div><${Text} label=${t.form.url} value=${webhook.url} type="url" name="url"
      error=${errors.url} hint=${t.form.urlHint} spellcheck="false"
      placeholder="https://example.com/hook"
      onValue=${(url) => set({ url })} />
      ${examples.length > 0 && !webhook.url && html`<div class="suggestions">
        ${examples.map((one) => html`<button type="button" key=${one.url}
          class="tag tag-add" title=${one.url}
          onClick=${() => set({ url: one.url })}>${
          t.form.useExample(one.name)}</button>`)}</div>`}</div>
    <${Choice} label=${t.form.status} value=${webhook.status}
      error=${errors.status} options=${[['active', t.states.active],
        ['inactive', t.states.inactive]]}
      onValue=${(status) => set({ status })} />
    <${Check} label=${t.form.data} hint=${t.form.dataHint} role="switch"
      value=${webhook.data} onValue=${(data) => set({ data })} />
    <${HeadersField} value=${options.headers} error=${errors.headers}
      onValue=${(headers) => setOption({ headers })} /></div>`;
}

export function TriggerFields({ webhook, errors, set, start }) {
  const [names, setNames] = useState(null);
  const want = async () => {
    if (names) return;
    setNames([]);
    try {
      const { data } = await api.get('/collections');
      setNames(data.filter((one) => !one.meta?.system)
        .map((one) => one.collection));
    } catch { /* they are suggestions only */ }
  };
  // A new webhook shows them at once.
  if (start.examples?.length > 0 && !names) want();
  return html`<h2>${t.form.triggers}</h2>
    <${Checks} label=${t.form.actions} value=${webhook.actions ?? []}
      error=${errors.actions} options=${Object.entries(t.actions)}
      onValue=${(actions) => set({ actions })} />
    <${TagsField} label=${t.form.collections} value=${webhook.collections ?? []}
      error=${errors.collections} hint=${t.form.collectionsHint}
      suggestions=${names} onWant=${want}
      onValue=${(collections) => set({ collections })} />`;
}

const texts = [
  ['timeout_ms', 'timeout', 'timeoutHint', 'decimal'],
  ['schedule', 'schedule', 'scheduleHint', 'text'],
  ['success', 'success', 'successHint', 'text'],
  ['max_concurrency', 'concurrency', 'concurrencyHint', 'numeric'],
  ['rate_per_second', 'rate', 'rateHint', 'decimal'],
];
const switches = [['ordered', 'ordered'], ['hub_signature', 'hub'],
  ['ed25519', 'ed25519'], ['cloudevents', 'cloudevents'],
  ['verify_tls', 'tls']];

export function DeliveryFields({ options, errors, setOption }) {
  const wrong = texts.some(([name]) => errors[name]);
  return html`<details open=${wrong || undefined}>
    <summary>${t.form.delivery}</summary>
    <div class="grid-2">${texts.map(([name, label, hint, mode]) => html`
      <${Text} key=${name} label=${t.form[label]} hint=${t.form[hint]}
        error=${errors[name]} value=${options[name]} inputmode=${mode}
        onValue=${(value) => setOption({ [name]: value })} />`)}
      <div class="checks">${switches.map(([name, label]) => html`
        <${Check} key=${name} label=${t.form[label]} value=${options[name]}
          onValue=${(value) => setOption({ [name]: value })} />`)}</div></div>
  </details>`;
}
