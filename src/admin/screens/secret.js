// The signing secret: hidden until asked for twice, rotated with an overlap.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { sayFailure, say } from '../ui/notice.js';
import { Copy, Facts, Time } from '../ui/basics.js';
import { Choice } from '../ui/fields.js';
import { WebhookHead, useWebhook } from '../ui/webhook-head.js';

const Key = ({ text }) => html`<code class="secret">${text}</code>${' '}
  <${Copy} text=${text} />`;

function Shown({ secret, ed25519, onHide }) {
  return html`<${Facts} list=${[
      [t.secret.current, html`<${Key} text=${secret.secret} />`],
      ed25519 && secret.public_key && [t.secret.publicKey,
        html`<${Key} text=${secret.public_key} />`],
      [t.secret.created, html`<${Time} at=${secret.created_at} whole />`],
      secret.previous && [t.secret.previous, html`
        <code class="secret">${secret.previous}</code>${' '}
        <span>${t.secret.previousUntil}${' '}<${Time}
          at=${secret.previous_until} whole /></span>`],
      ed25519 && secret.previous_public_key && [t.secret.previousPublic,
        html`<${Key} text=${secret.previous_public_key} />`]]} />
    <button type="button" class="secondary outline small" onClick=${onHide}>${
      t.secret.hide}</button>`;
}

export function Secret({ id }) {
  const [secret, setSecret] = useState(null);
  const webhook = useWebhook(id);
  const options = useLoad(async () =>
    (await api.get(`/webhooks/${id}/options`)).data, [id]).data;
  const [overlap, setOverlap] = useState('86400');
  const run = async (call, words) => {
    try {
      setSecret((await call()).data);
      if (words) say(words);
    } catch (failure) {
      sayFailure(failure);
    }
  };
  const reveal = async () => {
    if (await ask({ title: t.secret.revealTitle, body: t.secret.revealBody,
      action: t.secret.reveal }))
      await run(() => api.get(`/webhooks/${id}/secret`));
  };
  const rotate = async () => {
    const [seconds, , words] = t.secret.overlaps
      .find(([s]) => String(s) === overlap);
    if (await ask({ title: t.secret.rotateTitle, danger: true,
      body: t.secret.rotateBody(words), action: t.secret.rotate }))
      await run(() => api.post(`/webhooks/${id}/secret/rotate`,
        { overlap: seconds }), t.secret.rotated);
  };
  return html`<${WebhookHead} id=${id} current="secret" webhook=${webhook}
      title=${t.secret.title} />
    <section class="panel"><h2>${t.secret.current}</h2>
    <p>${t.secret.hint}</p>
    ${secret ? html`<${Shown} secret=${secret}
        ed25519=${options?.ed25519} onHide=${() => setSecret(null)} />`
      : html`<p><code class="secret">whsec_••••••••••••••••</code>${' '}
        <button type="button" class="small" onClick=${reveal}>${
          t.secret.reveal}</button></p>`}</section>
    <section class="panel"><h2>${t.secret.rotate}</h2>
    <p>${t.secret.rotateHint}</p>
    <div class="inline-form">
      <${Choice} label=${t.secret.overlap} value=${overlap}
        onValue=${setOverlap} options=${t.secret.overlaps
          .map(([s, words]) => [String(s), words])} />
      <button type="button" class="danger" onClick=${rotate}>${
        t.secret.rotate}</button></div></section>`;
}
