// One native dialog at a time; the browser keeps focus inside and gives it
// back.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { t } from '../text.js';

let open = () => {};

// A promise of true when the action was chosen.
export const ask = (what) => new Promise((done) => open({ ...what, done }));
// The same with content of one's own and only a button to close.
export const tell = (what) =>
  new Promise((done) => open({ ...what, only: true, done }));

export function Dialog() {
  const [what, setWhat] = useState(null);
  const ref = useRef();
  open = (next) => { if (what) next.done(false); else setWhat(next); };
  useLayoutEffect(() => { if (what) ref.current.showModal(); }, [what]);
  if (!what) return null;
  const end = (answer) => {
    ref.current?.close();
    setWhat((now) => now === what ? null : now);
    what.done(answer);
  };
  return html`<dialog ref=${ref} aria-labelledby="dialog-title"
      onCancel=${(event) => { event.preventDefault(); end(false); }}
      onClose=${(event) => {
        // It comes late: another dialog may be open by then.
        if (event.currentTarget === ref.current) end(false);
      }}>
    <article>
      <h2 id="dialog-title">${what.title}</h2>
      ${typeof what.body === 'string' ? html`<p>${what.body}</p>` : what.body}
      <footer>
        ${what.only ? html`<button type="button"
            onClick=${() => end(true)}>${t.close}</button>` : html`
          <button type="button" class="secondary outline"
            onClick=${() => end(false)}>${t.cancel}</button>
          <button type="button" class=${what.danger ? 'danger' : ''}
            onClick=${() => end(true)}>${what.action}</button>`}
      </footer>
    </article></dialog>`;
}
