// What happened, told once: shown for a while and read out. What failed stays
// until someone closes it.
import { html, useEffect, useState } from '../vendor/preact.js';
import { t, failureWords } from '../text.js';

const SHOWN_MS = 8000;
let show = () => {};

// `more` may be {href, words}.
export const say = (words, more) => show({ words, more });

export function sayFailure(error, words = failureWords(error)) {
  // The sign-in tells of a lost token.
  if (error.status !== 401) show({ words, failed: true });
}

// Tells how `call` went: words of its answer, or of what failed. True when it
// went well.
export async function tryTo(call, words, more) {
  try {
    const answer = await call();
    say(typeof words === 'function' ? words(answer) : words, more);
    return true;
  } catch (error) {
    sayFailure(error);
    return false;
  }
}

export function Notice() {
  const [notice, setNotice] = useState(null);
  show = setNotice;
  useEffect(() => {
    if (!notice || notice.failed) return undefined;
    const timer = setTimeout(() => setNotice(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return html`<div class="notice-place" role="status" aria-live="polite">
    ${notice && html`<div class="notice ${notice.failed ? 'notice-bad' : ''}">
      <span>${notice.words}</span>
      ${notice.more && html` <a href=${notice.more.href}
        onClick=${() => setNotice(null)}>${notice.more.words}</a>`}
      <button type="button" class="plain" aria-label=${t.close}
        onClick=${() => setNotice(null)}>×</button></div>`}</div>`;
}
