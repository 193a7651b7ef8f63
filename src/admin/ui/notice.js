// What happened, told once: shown for a while and read out.
import { html, useEffect, useState } from '../vendor/preact.js';
import { t } from '../text.js';

let show = () => {};

// Read out, and shown; `more` may be {href, words}.
export const say = (words, more) => show({ words, more, at: Date.now() });

export function Notice() {
  const [notice, setNotice] = useState(null);
  show = setNotice;
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(null), 8000);
    return () => clearTimeout(timer);
  }, [notice]);
  return html`<div class="notice-place" role="status" aria-live="polite">
    ${notice && html`<div class="notice">
      <span>${notice.words}</span>
      ${notice.more && html` <a href=${notice.more.href}
        onClick=${() => setNotice(null)}>${notice.more.words}</a>`}
      <button type="button" class="plain" aria-label=${t.close}
        onClick=${() => setNotice(null)}>×</button></div>`}</div>`;
}
