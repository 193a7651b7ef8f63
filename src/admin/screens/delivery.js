// One delivery: where it stands, and every attempt.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { link } from '../lib/router.js';
import { useKeys } from '../lib/keys.js';
import { useLoad, useOnce, usePoll } from '../lib/hooks.js';
import { ask } from '../ui/dialog.js';
import { tryTo } from '../ui/notice.js';
import { Copy, Facts, Failure, Heading, Loading, State, Time }
  from '../ui/basics.js';
import { Attempt, bodySent } from '../ui/attempt.js';
import { Verify } from '../ui/verify.js';
import { mayWrite } from '../ui/me.js';

async function load(id) {
  const { data } = await api.get(`/deliveries/${id}`);
  let webhook = null;
  try {
    webhook = (await api.get(`/webhooks/${data.webhook}`,
      { fields: 'id,name,method' })).data;
  } catch (error) {
    // It may be deleted by now.
    if (error.status !== 403) throw error;
  }
  return { delivery: data, webhook };
}

function Timeline({ log, chosen, onChoose }) {
  return html`<ol class="timeline">${log.map((a) => html`<li key=${a.n}>
    <button type="button" class="plain" aria-pressed=${a.n === chosen
        ? 'true' : 'false'} onClick=${() => onChoose(a.n)}>
      <${State} state=${a.outcome === 'delivered' ? 'delivered' : 'failed'}
        title=${t.outcomes[a.outcome]} />
      <span>${t.delivery.attempt(a.n)}</span>
      <${Time} at=${a.at} />
      <span>${a.status || t.deliveries.noAnswer}</span></button></li>`)}</ol>`;
}

export function Delivery({ id, me }) {
  const { data, error, reload } = useLoad(() => load(id), [id]);
  const [chosen, setChosen] = useState(null);
  const open = ['pending', 'leased'].includes(data?.delivery.state);
  usePoll(open, 2000, reload);
  const [act] = useOnce(async (what, words) => {
    await tryTo(() => api.post(`/deliveries/${id}/${what}`), words);
    setChosen(null);
    await reload();
  });
  const redeliver = async () => {
    if (await ask({ title: t.deliveries.askTitle(1),
      body: t.deliveries.askBody(1), action: t.deliveries.redeliver }))
      await act('redeliver', t.delivery.requeued);
  };
  const cancel = async () => {
    if (await ask({ title: t.delivery.cancelTitle, danger: true,
      body: t.delivery.cancelBody, action: t.delivery.cancel }))
      await act('cancel', t.delivery.cancelled);
  };
  useKeys({ r: () => data && mayWrite(me) && redeliver() });
  const d = data?.delivery;
  const log = d?.log ?? [];
  const attempt = log.find((a) => a.n === chosen) ?? log.at(-1);
  const body = attempt && bodySent(attempt, d.body);
  return html`<${Heading} title=${t.delivery.title(id)}
      trail=${[[link('/deliveries'), t.deliveries.title]]}>
      ${d && mayWrite(me) && html`
        <button type="button" class="small" onClick=${redeliver}>${
          t.delivery.redeliver}</button>
        ${open && html`<button type="button" class="small secondary outline"
          onClick=${cancel}>${t.delivery.cancel}</button>`}`}<//>
    <${Failure} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${d && html`<${About} d=${d} webhook=${data.webhook} />
      <h2>${t.delivery.timeline}</h2>
      ${log.length === 0 ? html`<p>${t.delivery.noAttempts}</p>` : html`
        <${Timeline} log=${log} chosen=${attempt.n} onChoose=${setChosen} />
        <${Attempt} key=${attempt.n} attempt=${attempt} body=${d.body}
          method=${data.webhook?.method} />
        <${Verify} attempt=${attempt} body=${body} />`}`}`;
}

function About({ d, webhook }) {
  return html`<p><${State} state=${d.state} />${' '}
      ${d.test && html`<span class="tag">${t.delivery.test}</span>`}
      ${d.last_error && html` <span>${d.last_error}</span>`}</p>
    <${Facts} list=${[
      [t.delivery.webhook, html`<a href=${link(`/webhooks/${d.webhook}`)}>${
        webhook?.name ?? t.deliveries.deleted(d.webhook)}</a>`],
      [t.delivery.event, html`<a href=${link(`/events/${d.event}`)}>${
        d.collection} ${d.action}</a>`],
      [t.delivery.message, html`<span class="with-copy">
        <code>${d.message_id}</code><${Copy} text=${d.message_id} /></span>`],
      [t.delivery.created, html`<${Time} at=${d.created_at} whole />`],
      d.next_attempt_at && [t.delivery.next, html`
        <${Time} at=${d.next_attempt_at} away />`],
      d.finished_at && [t.delivery.finished, html`
        <${Time} at=${d.finished_at} whole />`]]} />`;
}
