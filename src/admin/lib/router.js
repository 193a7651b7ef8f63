// The address is the state: #/path?filters. A screen with unsaved changes
// sets a guard, which is asked before the address may change.
import { useLayoutEffect, useState } from '../vendor/preact.js';

let guard = null;
let current = location.hash;
const listeners = new Set();

export function parse(hash = location.hash) {
  const text = hash.replace(/^#/, '') || '/webhooks';
  const cut = text.indexOf('?');
  return {
    path: cut < 0 ? text : text.slice(0, cut),
    query: Object.fromEntries(
      new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1))),
  };
}

export function link(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) =>
    value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(kept).toString();
  return `#${path}${text ? `?${text}` : ''}`;
}

export function go(path, query) { location.hash = link(path, query); }

// The same screen with other filters: no new step in the history.
export function refine(query) {
  const { path } = parse();
  history.replaceState(null, '', link(path, query));
  current = location.hash;
  for (const call of listeners) call();
}

// `ask` gives a promise of true when leaving is fine.
export function setGuard(ask) { guard = ask; }
export const mayLeave = async () => !guard || guard();

async function changed() {
  const wanted = location.hash;
  if (guard && wanted !== current) {
    history.pushState(null, '', current);
    if (!await mayLeave()) return;
    guard = null;
    location.hash = wanted;
    return;
  }
  current = wanted;
  for (const call of listeners) call();
}
addEventListener('hashchange', changed);
addEventListener('beforeunload', (event) => {
  if (guard) event.preventDefault();
});

export function useRoute() {
  const [route, setRoute] = useState(parse());
  useLayoutEffect(() => {
    const call = () => setRoute(parse());
    listeners.add(call);
    return () => listeners.delete(call);
  }, []);
  return route;
}

// '/webhooks/:id/test' against a path: its arguments, or null.
export function match(pattern, path) {
  const names = pattern.split('/'), parts = path.split('/');
  if (names.length !== parts.length) return null;
  const found = {};
  for (let i = 0; i < names.length; i++) {
    if (names[i].startsWith(':')) {
      try { found[names[i].slice(1)] = decodeURIComponent(parts[i]); } catch {
        return null;
      }
    } else if (names[i] !== parts[i]) {
      return null;
    }
  }
  return found;
}
