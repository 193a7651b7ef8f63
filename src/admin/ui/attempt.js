// One attempt: what happened in words, where the time went, both messages.
import { html, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { duration, isJson, pretty } from '../lib/format.js';
import { curlOf } from '../lib/snippets.js';
import { Code, Copy, Facts } from './basics.js';

function adviceOf({ outcome, status }) {
  if (outcome === 'delivered') return null;
  if (outcome !== 'answer') return t.advice[outcome] ?? null;
  return t.advice[status] ?? t.advice[`${Math.floor(status / 100)}xx`] ?? null;
}

function Outcome({ attempt }) {
  const good = attempt.outcome === 'delivered';
  const words = attempt.outcome === 'answer'
    ? t.outcomes.answer(attempt.status) : t.outcomes[attempt.outcome];
  const advice = adviceOf(attempt);
  return html`<div class=${`box ${good ? 'box-good' : 'box-bad'}`}>
    <strong>${words}</strong>
    ${attempt.error && attempt.outcome !== 'answer' &&
      html`<div>${attempt.error}</div>`}
    ${advice && html`<div>${advice}</div>`}
    ${attempt.retry_after !== null && attempt.retry_after !== undefined &&
      html`<div>${t.delivery.retryAfter(attempt.retry_after)}</div>`}</div>`;
}

const MASK = '***', SEEN_MS = 0.05;

// The phase in which an attempt without an answer ended.
const ended = (a) => ['dns', 'connect', 'tls'].includes(a.outcome) ? a.outcome
  : a.address ? 'wait' : 'connect';

// The parts add up to the whole; each part is what it took by itself.
function phasesOf(a) {
  const parts = { dns: a.dns_ms, connect: a.connect_ms, tls: a.tls_ms, wait: 0,
    rest: 0 };
  const setUp = a.dns_ms + a.connect_ms + a.tls_ms;
  if (a.first_byte_ms) {
    parts.wait = Math.max(0, a.first_byte_ms - setUp);
    parts.rest = Math.max(0, a.total_ms - setUp - parts.wait);
  } else {
    parts[ended(a)] += Math.max(0, a.total_ms - setUp);
  }
  return Object.entries(parts).filter(([, ms]) => ms >= SEEN_MS);
}

function Phases({ attempt }) {
  const phases = phasesOf(attempt);
  const all = phases.reduce((sum, [, ms]) => sum + ms, 0) || 1;
  let at = 0;
  return html`<figure class="phases">
    <figcaption>${t.delivery.phases}: <strong>${
      duration(attempt.total_ms)}</strong></figcaption>
    <svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
      ${phases.map(([name, ms]) => {
        const wide = 1000 * ms / all;
        at += wide;
        return html`<rect key=${name} class="phase-${name}" x=${at - wide}
          width=${wide} height="16" />`;
      })}</svg>
    <ul>${phases.map(([name, ms]) => html`<li key=${name}>
      <span class="dot phase-${name}" aria-hidden="true"></span>${
      t.delivery.phase[name]} ${duration(ms)}</li>`)}</ul></figure>`;
}

function Headers({ list, label }) {
  if (!list?.length) return html`<p class="quiet">${t.delivery.noHeaders}</p>`;
  return html`<${Code} label=${label} text=${
    list.map((h) => `${h.name}: ${h.value}`).join('\n')} />`;
}

function Body({ text, label }) {
  const [raw, setRaw] = useState(false);
  if (!text) return html`<p class="quiet">${t.delivery.noBody}</p>`;
  const json = isJson(text);
  return html`<div class="body-head"><h4>${t.delivery.body}</h4>
      ${json && html`<button type="button" class="plain"
        aria-pressed=${raw ? 'true' : 'false'}
        onClick=${() => setRaw(!raw)}>${
        raw ? t.delivery.pretty : t.delivery.raw}</button>`}
      <${Copy} text=${text} /></div>
    <${Code} label=${label} text=${json && !raw ? pretty(text) : text} />`;
}

// A webhook without event data sends none; only a body has a type.
export const bodySent = (attempt, body) => (attempt.request_headers ?? [])
  .some((h) => h.name.toLowerCase() === 'content-type') ? body : null;

export function Attempt({ attempt, body: made, method }) {
  const a = attempt, body = bodySent(a, made);
  const masked = a.request_headers?.some((h) => h.value === MASK);
  const label = (part, what) => `${part}: ${what}`;
  const verb = method ?? (body ? 'POST' : 'GET');
  return html`<section class="attempt" aria-label=${t.delivery.attempt(a.n)}>
    <${Outcome} attempt=${a} />
    <${Phases} attempt=${a} />
    <${Facts} list=${[a.address && [t.delivery.address, a.address],
      a.http_version && [t.delivery.http, `HTTP/${a.http_version}`],
      a.tls && [t.delivery.tls, a.tls]]} />
    <div class="two">
      <div><h3>${t.delivery.request}</h3>
        <p class="request-line"><code>${verb} ${a.url}</code></p>
        <h4>${t.delivery.headers}</h4>
        <${Headers} list=${a.request_headers}
          label=${label(t.delivery.request, t.delivery.headers)} />
        <${Body} text=${body}
          label=${label(t.delivery.request, t.delivery.body)} />
        <${Copy} label=${t.delivery.curl} text=${curlOf(a, verb, body)} />
        ${masked && html`${' '}<small class="hint">${
          t.delivery.masked}</small>`}</div>
      <div><h3>${t.delivery.answer}</h3>
        ${!a.status ? html`<p class="quiet">${t.delivery.noAnswer}</p>` : html`
          <p class="request-line"><code>${a.status}</code></p>
          <h4>${t.delivery.headers}</h4>
          <${Headers} list=${a.response_headers}
            label=${label(t.delivery.answer, t.delivery.headers)} />
          <${Body} text=${a.response_body}
            label=${label(t.delivery.answer, t.delivery.body)} />
          ${a.response_truncated && html`<small>${
            t.delivery.truncated}</small>`}`}</div></div></section>`;
}
