// How a receiver checks this very message, in four languages.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { snippets } from '../lib/snippets.js';
import { Code, Copy } from './basics.js';

export function Verify({ attempt, body }) {
  const all = snippets(attempt, body);
  const [name, setName] = useState('Shell');
  return html`<details class="verify"><summary>${t.delivery.verify}</summary>
    <p>${t.delivery.verifyHint}</p>
    <div class="row" role="group" aria-label=${t.delivery.verify}>
      ${Object.keys(all).map((one) => html`<button type="button" key=${one}
        class="small ${one === name ? '' : 'outline'} secondary"
        aria-pressed=${one === name ? 'true' : 'false'}
        onClick=${() => setName(one)}>${one}</button>`)}
      <${Copy} text=${all[name]} /></div>
    <${Code} text=${all[name]} label=${`${t.delivery.verify}: ${name}`} />
  </details>`;
}
