// Sends one test event and shows its attempt.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useSubmit } from '../lib/hooks.js';
import { link } from '../lib/router.js';
import { Failure, State } from '../ui/basics.js';
import { Area, Choice } from '../ui/fields.js';
import { Attempt } from '../ui/attempt.js';
import { WebhookHead, useWebhook } from '../ui/webhook-head.js';
import { say } from '../ui/notice.js';

const sample = JSON.stringify({ message: 'This is a test event.' }, null, 2);

function objectOf(text) {
  const value = JSON.parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new TypeError('no object');
  return value;
}

// One of what the webhook listens to; the first stands for itself.
function Pick({ label, list, value, onValue }) {
  const names = list ?? [];
  return html`<${Choice} label=${label} value=${value ?? names[0]}
    onValue=${onValue} options=${names.map((name) => [name, name])} />`;
}

export function TestEvent({ id }) {
  const webhook = useWebhook(id);
  const [text, setText] = useState(sample);
  const [kind, setKind] = useState({});
  const [wrong, setWrong] = useState(null);
  const [error, setError] = useState(null);
  const [result, setResult] = useState(null);
  const action = kind.action ?? webhook?.actions?.[0];
  const [send, busy] = useSubmit(async () => {
    let payload;
    setWrong(null);
    try { payload = objectOf(text); } catch {
      setWrong(t.test.notJson);
      return;
    }
    setError(null);
    setResult(null);
    try {
      const { data } = await api.post(`/webhooks/${id}/test`,
        { ...kind, payload });
      // With the body that was sent.
      const whole = await api.get(`/deliveries/${data.delivery.id}`);
      setResult({ ...data, body: whole.data.body });
      say(!data.attempt ? t.test.queued
        : data.attempt.outcome === 'delivered' ? t.test.sent : t.test.failed);
    } catch (failure) {
      setError(failure);
    }
  });
  return html`<${WebhookHead} id=${id} current="test" webhook=${webhook}
      title=${t.test.title} />
    <form class="narrow" onSubmit=${send}>
      <p>${t.test.hint}</p>
      <div class="grid-2">
        <${Pick} label=${t.test.action} list=${webhook?.actions}
          value=${kind.action}
          onValue=${(action) => setKind({ ...kind, action })} />
        <${Pick} label=${t.test.collection} list=${webhook?.collections}
          value=${kind.collection}
          onValue=${(collection) => setKind({ ...kind, collection })} /></div>
      ${action !== 'delete' && html`<${Area} label=${t.test.payload}
        error=${wrong} value=${text} onValue=${setText} />`}
      <button type="submit" disabled=${busy}
        aria-busy=${busy ? 'true' : undefined}>${
        busy ? t.test.sending : t.test.send}</button></form>
    <${Failure} error=${error} />
    ${result && html`<section class="result">
      <p><${State} state=${result.delivery.state} />${' '}
        <a href=${link(`/deliveries/${result.delivery.id}`)}>${
          t.test.see}</a></p>
      ${result.attempt ? html`<${Attempt} attempt=${result.attempt}
          body=${result.body} method=${webhook?.method} />`
        : html`<p>${t.test.queued}</p>`}</section>`}`;
}
