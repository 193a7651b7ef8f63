// What the service would send: asked again a moment after the last change.
import { html, useEffect, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useDebounced } from '../lib/hooks.js';
import { pretty } from '../lib/format.js';
import { optionsErrors, optionsOut } from '../lib/webhook-options.js';
import { Code } from './basics.js';

const isReady = (w) => w.name && /^https?:\/\/[^/]/i.test(w.url) &&
  w.collections?.length > 0 && w.actions?.length > 0;

export function Preview({ webhook, options, on }) {
  const { name, method, url, status, data, actions, collections } = webhook;
  const late = useDebounced({ name, method, url, status, data, actions,
    collections, options }, 350);
  const [request, setRequest] = useState(null);
  const [trouble, setTrouble] = useState(null);
  const ready = on && isReady(late) &&
    Object.keys(optionsErrors(late.options)).length === 0;
  useEffect(() => {
    if (!ready) return undefined;
    let wanted = true;
    api.post('/webhooks/preview',
      { ...late, options: optionsOut(late.options) }).then(
      (answer) => { if (wanted) { setRequest(answer.data); setTrouble(null); } },
      (error) => { if (wanted) setTrouble(error.message); });
    return () => { wanted = false; };
  }, [JSON.stringify(late), ready]);
  if (!on) return null;
  return html`<aside class="side preview" aria-labelledby="preview-title">
    <h2 id="preview-title">${t.form.preview}</h2>
    <p class="hint">${t.form.previewHint}</p>
    ${trouble && html`<p class="field-error">${trouble}</p>`}
    ${!ready || !request ? html`<p class="quiet">${t.form.previewWait}</p>`
      : html`<${Code} label=${t.form.preview} text=${
        `${request.method} ${request.url}\n${request.headers.map((h) =>
          `${h.name}: ${h.value}`).join('\n')}\n\n${
          request.body === null ? `(${t.form.previewNoBody})`
            : pretty(request.body)}`} />`}</aside>`;
}
