// Shortcuts of one key. They rest while someone types, while a dialog is open
// and when they are switched off; with Ctrl, Alt or Meta they are the
// browser's.
import { useLayoutEffect, useRef } from '../vendor/preact.js';

const typing = (element) => element?.isContentEditable ||
  ['TEXTAREA', 'SELECT'].includes(element?.tagName) ||
  (element?.tagName === 'INPUT' &&
    !['checkbox', 'radio', 'button'].includes(element.type));

export const keysAreOn = () => localStorage.getItem('webhooks-keys') !== 'off';

// They are what the screen shows: drawn and listened for in the same moment,
// so that no key falls between the two.
export function useKeys(table) {
  const latest = useRef();
  latest.current = table;
  useLayoutEffect(() => {
    const press = (event) => {
      if (!keysAreOn() || event.ctrlKey || event.altKey || event.metaKey ||
        typing(event.target) || document.querySelector('dialog[open]')) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

// Links that look and are announced like buttons answer to the space bar, too.
addEventListener('keydown', (event) => {
  if (event.key !== ' ' || !event.target.matches?.('a[role=button]')) return;
  event.preventDefault();
  event.target.click();
});

// j and k walk the rows of the table on the screen by their main link.
export function step(by) {
  const links = [...document.querySelectorAll('main [data-row]')];
  if (links.length === 0) return;
  const at = links.indexOf(document.activeElement?.closest('tr')
    ?.querySelector('[data-row]'));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1)
    : Math.min(links.length - 1, Math.max(0, at + by));
  links[next].focus();
}

export const rowKeys = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest('tr')
    ?.querySelector('input[data-choose]')?.click(),
  '/': () => document.querySelector('main input[type=search]')?.focus(),
};
