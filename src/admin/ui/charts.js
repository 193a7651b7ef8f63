// Charts as plain SVG. Numbers also stand in words or a table beside them.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { t } from '../text.js';
import { duration, number, percent, timeHour } from '../lib/format.js';

const HOUR = 3600e3;

// The last 24 hours without gaps, oldest first.
export function lastDay(hours, now = Date.now()) {
  const known = new Map((hours ?? []).map((h) => [Date.parse(h.at), h]));
  const newest = Math.floor(now / HOUR) * HOUR;
  return Array.from({ length: 24 }, (_, i) => {
    const at = newest - (23 - i) * HOUR;
    return known.get(at) ?? { at: new Date(at).toISOString(), attempts: 0,
      delivered: 0, failed: 0 };
  });
}

export function Rate({ hours }) {
  const day = lastDay(hours);
  const all = day.reduce((n, h) => n + h.attempts, 0);
  const good = day.reduce((n, h) => n + h.delivered, 0);
  if (all === 0) return html`<span class="quiet">${t.webhooks.quiet}</span>`;
  const most = Math.max(...day.map((h) => h.attempts));
  return html`<span class="rate" title=${t.webhooks.rateText(good, all)}>
    <svg viewBox="0 0 72 20" width="72" height="20" aria-hidden="true">
      ${day.map((h, i) => {
        const tall = (n) => n ? Math.max(1.5, 20 * n / most) : 0;
        const whole = tall(h.attempts);
        const bad = h.failed ? Math.max(1.5, whole * h.failed / h.attempts) : 0;
        return html`<g key=${i}>
          <rect class="bar-none" x=${i * 3} width="2.200" y="19" height="1" />
          <rect class="bar-good" x=${i * 3} width="2.200" y=${20 - whole}
            height=${whole} />
          <rect class="bar-bad" x=${i * 3} width="2.200" y=${20 - whole}
            height=${bad} /></g>`;
      })}</svg>
    <span>${percent(good, all)}</span></span>`;
}

const H = 180, LEFT = 46, BOTTOM = 22;

// Drawn at the width it has, so that words keep their size.
function useWidth() {
  const ref = useRef();
  const [width, setWidth] = useState(560);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) =>
      setWidth(Math.max(200, Math.round(entry.contentRect.width))));
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return [ref, width];
}

function niceTop(n) {
  if (n <= 5) return 5;
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].map((k) => k * power).find((top) => top >= n);
}

function Frame({ top, words, day, label, children }) {
  const inner = H - BOTTOM - 8;
  const [ref, W] = useWidth();
  return html`<div class="chart" ref=${ref}><svg viewBox="0 0 ${W} ${H}"
      width=${W} height=${H} role="img" aria-label=${label}>
    ${[0, 0.5, 1].map((part) => html`<g key=${part}>
      <line class="grid-line" x1=${LEFT} x2=${W} y1=${8 + inner * (1 - part)}
        y2=${8 + inner * (1 - part)} />
      <text x=${LEFT - 6} y=${12 + inner * (1 - part)} text-anchor="end">${
        words(top * part)}</text></g>`)}
    ${day.map((h, i) => i % 6 === 2 && html`<text key=${h.at} text-anchor="middle"
      x=${LEFT + (i + 0.5) * (W - LEFT) / 24} y=${H - 4}>${
      timeHour(h.at)}</text>`)}
    ${children(LEFT, (W - LEFT) / 24, inner, 8)}</svg></div>`;
}

export function AttemptsChart({ day }) {
  const top = niceTop(Math.max(...day.map((h) => h.attempts)));
  return html`<${Frame} top=${top} day=${day} label=${t.health.attempts}
    words=${(n) => n % 1 ? '' : number(n)}>
    ${(x, step, inner, y) => day.map((h, i) => {
      const good = inner * h.delivered / top, bad = inner * h.failed / top;
      return html`<g key=${h.at}><title>${`${timeHour(h.at)}: ${
        h.delivered} ${t.health.delivered}, ${h.failed} ${
        t.health.failed}`}</title>
        <rect class="bar-good" x=${x + i * step + 2} width=${step - 4}
          y=${y + inner - good} height=${good} />
        <rect class="bar-bad" x=${x + i * step + 2} width=${step - 4}
          y=${y + inner - good - bad} height=${bad} /></g>`;
    })}<//>`;
}

const lines = [['p50_ms', 'line-1'], ['p95_ms', 'line-2']];

export function LatencyChart({ day }) {
  const top = niceTop(Math.max(...day.map((h) => h.p95_ms ?? 0)));
  return html`<${Frame} top=${top} day=${day} label=${t.health.latency}
    words=${(n) => n ? duration(n) : '0'}>
    ${(x, step, inner, y) => lines.map(([key, name]) => {
      const points = day.map((h, i) => h.attempts
        ? [x + (i + 0.5) * step, y + inner * (1 - h[key] / top)] : null)
        .filter(Boolean);
      return html`<g key=${key} class=${name}>
        <polyline points=${points.map((p) => p.join(',')).join(' ')} />
        ${points.map(([cx, cy]) => html`<circle key=${cx} cx=${cx} cy=${cy}
          r="3" />`)}</g>`;
    })}<//>`;
}
