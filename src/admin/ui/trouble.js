// Why a webhook's deliveries do not go, in words; of its statistics.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { Time } from './basics.js';

function Inactive({ s }) {
  return html`${t.webhooks.reason(s.disabled_reason)}${s.inactive_since &&
    html` (<${Time} at=${s.inactive_since} away />)`}`;
}

// The breaker: not reached so often that it is left alone for a while.
function Paused({ s }) {
  const words = t.webhooks.notReached(s.not_reached);
  return s.breaker === 'open' ? html`${t.webhooks.paused}${' '}
    <${Time} at=${s.breaker_until} />: ${words}`
    : html`${t.webhooks.probing}: ${words}`;
}

const Failing = ({ s }) => html`${t.webhooks.failing}${' '}
  <${Time} at=${s.failing_since} />`;

function kindOf(s) {
  if (s?.status === 'inactive') return s.disabled_reason && Inactive;
  if (s?.status !== 'active') return null;
  return s.breaker !== 'closed' ? Paused : s.failing_since && Failing;
}

// `boxed` above the screens of the webhook, otherwise in its row.
export function Trouble({ stats, boxed }) {
  const Kind = kindOf(stats);
  if (!Kind) return null;
  return boxed ? html`<div class="box box-warn"><${Kind} s=${stats} /></div>`
    : html`<small class="reason"><${Kind} s=${stats} /></small>`;
}
