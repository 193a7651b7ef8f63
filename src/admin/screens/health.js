// How the whole installation is doing. Two calls, again every 10 s.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { link } from '../lib/router.js';
import { useLoad, usePoll } from '../lib/hooks.js';
import { bytes, duration, number, timeAway, timeHour } from '../lib/format.js';
import { Failure, Heading, Loading, Time } from '../ui/basics.js';
import { AttemptsChart, LatencyChart, lastDay } from '../ui/charts.js';

const LATE_MS = 60000;

async function load() {
  const [stats, info] = await Promise.all([api.get('/server/stats'),
    api.get('/server/info')]);
  return { stats: stats.data, info: info.data.webhooks ?? {} };
}

const isDue = (s) => !s.oldest_due_at ||
  Date.parse(s.oldest_due_at) <= Date.now();
const isLate = (s) => s.oldest_due_at &&
  Date.now() - Date.parse(s.oldest_due_at) > LATE_MS;

function verdicts(s) {
  const h = t.health;
  return [s.dispatchers === 0 && ['bad', h.noDispatcher],
    isLate(s) && ['warn', h.late(timeAway(s.oldest_due_at))],
    s.blocked_webhooks > 0 && ['warn', h.blockedText(s.blocked_webhooks)],
  ].filter(Boolean);
}

function Verdict({ stats }) {
  const list = verdicts(stats);
  if (list.length === 0) list.push(['good', t.health.good]);
  return list.map(([kind, words]) => html`<div key=${words}
    class="box box-${kind}">${words}</div>`);
}

const Card = ({ name, value }) => html`<div class="card">
  <dt>${name}</dt><dd>${value}</dd></div>`;

const InState = ({ s, state }) => html`<a href=${link('/deliveries',
  { state })}>${number(s.states[state])}</a>`;

function Cards({ s, info }) {
  const h = t.health;
  const list = [
    [h.dispatchers, s.dispatchers ? number(s.dispatchers) : h.nobody],
    [h.pending, html`<${InState} s=${s} state="pending" />`],
    [h.inFlight, number(s.in_flight)],
    [isDue(s) ? h.oldest : h.next, s.oldest_due_at
      ? html`<${Time} at=${s.oldest_due_at} away />` : h.nothing],
    [h.waiting, number(s.waiting_webhooks)], [h.held, number(s.held_webhooks)],
    [h.blocked, number(s.endpoints_open)],
    [h.dead, html`<${InState} s=${s} state="dead" />`],
    [h.webhooks, number(s.webhooks)],
    [h.events, number(s.events)], [h.deliveries, number(s.deliveries)],
    s.store_bytes !== undefined && [h.store, bytes(s.store_bytes)],
    [h.version, info.version], [h.uptime, h.uptimeText(info.uptime ?? 0)],
  ];
  return html`<dl class="cards">${list.filter(Boolean).map(([name, value]) =>
    html`<${Card} key=${name} name=${name} value=${value} />`)}</dl>`;
}

function HourTable({ day }) {
  const h = t.health;
  return html`<details><summary>${h.table}</summary>
    <div class="table-place"><table><thead><tr>
      ${[h.hour, h.delivered, h.failed, h.p50, h.p95].map((name) =>
        html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
    <tbody>${day.filter((x) => x.attempts).map((x) => html`<tr key=${x.at}>
      <th scope="row">${timeHour(x.at)}</th><td>${number(x.delivered)}</td>
      <td>${number(x.failed)}</td><td>${duration(x.p50_ms)}</td>
      <td>${duration(x.p95_ms)}</td></tr>`)}</tbody></table></div></details>`;
}

const Key = ({ list }) => html`<ul class="key">${list.map(([name, words]) =>
  html`<li key=${name}><span class="dot ${name}" aria-hidden="true"></span>${
    words}</li>`)}</ul>`;

export function Health() {
  const { data, error, reload } = useLoad(load, []);
  usePoll(true, 10000, reload);
  const day = data && lastDay(data.stats.hours);
  const quiet = day && !day.some((x) => x.attempts);
  return html`<${Heading} title=${t.health.title} />
    <${Failure} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${Verdict} stats=${data.stats} />
      <${Cards} s=${data.stats} info=${data.info} />
      <h2>${t.health.last24}</h2>
      ${quiet ? html`<p class="quiet">${t.health.quiet}</p>` : html`
        <div class="two">
          <figure><figcaption>${t.health.attempts}<${Key} list=${[
            ['bar-good', t.health.delivered], ['bar-bad', t.health.failed]]} />
            </figcaption><${AttemptsChart} day=${day} /></figure>
          <figure><figcaption>${t.health.latency}<${Key} list=${[
            ['line-1', t.health.p50], ['line-2', t.health.p95]]} />
            </figcaption><${LatencyChart} day=${day} /></figure></div>
        <${HourTable} day=${day} />`}`}`;
}
