// Sign-in: a token, tried at once.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { t, failureWords } from '../text.js';
import { api, session } from '../lib/api.js';
import { useSubmit } from '../lib/hooks.js';
import { Text } from '../ui/fields.js';

export function SignIn({ trouble, onDone }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState(null);
  const form = useRef();
  useLayoutEffect(() => {
    document.title = `${t.signIn.title} – ${t.product}`;
    form.current.querySelector('input').focus();
  }, []);
  const [submit, busy] = useSubmit(async () => {
    const text = token.trim();
    if (!text) return;
    try {
      const { data } = await api.get('/users/me', {}, { token: text });
      if (!['admin', 'reader'].includes(data.role_name))
        throw Object.assign(new Error(t.signIn.limited), { status: 400 });
      session.start(text);
      onDone(data);
    } catch (failure) {
      setError([401, 403].includes(failure.status) ? t.signIn.wrong
        : failureWords(failure));
    }
  });
  return html`<main class="sign-in"><form ref=${form} onSubmit=${submit}>
    <p class="brand"><img src="icon.svg" alt="" width="32" height="32" />
      ${t.product}</p>
    <h1>${t.signIn.title}</h1>
    ${trouble && html`<div class="box box-bad" role="alert">${trouble}</div>`}
    <${Text} label=${t.signIn.token} type="password" name="token"
      hint=${t.signIn.help} error=${error} value=${token}
      onValue=${setToken} />
    <button type="submit" aria-busy=${busy ? 'true' : undefined}>${
      t.signIn.action}</button></form></main>`;
}
