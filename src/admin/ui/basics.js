// Small parts of every screen.
import { html, useEffect, useLayoutEffect, useRef, useState }
  from '../vendor/preact.js';
import { t, failureWords } from '../text.js';
import { timeAway, timeFull, timeShort, timeUtc } from '../lib/format.js';
import { say } from './notice.js';

// Local time; UTC and the distance on hover.
export function Time({ at, away, whole }) {
  if (!at) return t.none;
  const words = away ? timeAway(at) : whole ? timeFull(at) : timeShort(at);
  return html`<time datetime=${at}
    title=${`${timeUtc(at)} · ${timeFull(at)}`}>${words}</time>`;
}

const marks = { delivered: '✓', dead: '✕', failed: '✕', pending: '◷', leased: '➤',
  cancelled: '–', active: '●', inactive: '○' };

// Never by colour alone.
export function State({ state, title }) {
  return html`<span class="state state-${state}" title=${title}>
    <span aria-hidden="true">${marks[state] ?? '?'}</span>
    ${t.states[state] ?? state}</span>`;
}

// trail: [address, words] of what this screen belongs to, outermost first.
export function Heading({ title, trail, children }) {
  const ref = useRef();
  useEffect(() => {
    document.title = `${title} – ${t.product}`;
  }, [title]);
  // A new screen: whoever reads or types starts at its top. With the drawing:
  // later it would take the focus from a field that someone types in.
  useLayoutEffect(() => { ref.current.focus({ preventScroll: true }); }, []);
  return html`${trail && html`<nav class="trail" aria-label=${t.trail}><ol>${
      trail.map(([href, words]) => html`<li key=${href}>
        <a href=${href}>${words}</a></li>`)}</ol></nav>`}
    <div class="heading">
    <h1 tabindex="-1" ref=${ref}>${title}</h1>
    <div class="heading-actions">${children}</div></div>`;
}

export function Failure({ error, retry }) {
  if (!error) return null;
  return html`<div class="box box-bad" role="alert">
    <strong>${t.errors.title}</strong> <span>${failureWords(error)}</span>
    ${retry && html` <button type="button" class="small outline"
      onClick=${() => retry()}>${t.retry}</button>`}</div>`;
}

export function Empty({ title, body, children }) {
  return html`<div class="empty">
    <h2>${title}</h2><p>${body}</p>${children}</div>`;
}

export const Loading = () =>
  html`<p class="loading" aria-busy="true">${t.loading}</p>`;

// Browsers lend the clipboard to https and localhost only; elsewhere the old
// way does.
async function toClipboard(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const { activeElement } = document;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  activeElement?.focus();
}

export function Copy({ text, label = t.copy, small = true }) {
  const [done, setDone] = useState(false);
  const act = async () => {
    try {
      await toClipboard(text);
    } catch {
      say(t.notCopied);
      return;
    }
    say(t.copied);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return html`<button type="button" onClick=${act}
    class="outline secondary ${small ? 'small' : ''}">${
    done ? `✓ ${t.copied}` : label}</button>`;
}

export function Switch({ on, onChange, label, disabled }) {
  return html`<input type="checkbox" role="switch" checked=${on}
    aria-label=${label} disabled=${disabled}
    onChange=${(event) => onChange(event.currentTarget.checked)} />`;
}

export const Tags = ({ list, most = 3 }) => html`<span class="tags">
  ${(list ?? []).slice(0, most).map((name) =>
    html`<span class="tag" key=${name}>${name}</span>`)}
  ${list?.length > most && html`<span class="tag"
    title=${list.slice(most).join(', ')}>${
    t.webhooks.more(list.length - most)}</span>`}</span>`;

// Text of any origin, as it is.
export function Code({ text, label }) {
  return html`<pre tabindex="0" role="region" aria-label=${label}><code>${
    text}</code></pre>`;
}

export const Facts = ({ list }) => html`<dl class="facts">
  ${list.filter(Boolean).map(([name, value]) =>
    html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

export function Tabs({ label, list, current }) {
  return html`<nav class="tabs" aria-label=${label}><ul>
    ${list.map(([href, words]) => html`<li key=${href}>
      <a href=${href} aria-current=${href === current ? 'page' : undefined}>${
        words}</a></li>`)}</ul></nav>`;
}
