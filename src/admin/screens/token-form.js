// A new token; its text is shown once.
import { html, useState } from '../vendor/preact.js';
import { t, errorsOf } from '../text.js';
import { api } from '../lib/api.js';
import { useSubmit } from '../lib/hooks.js';
import { go, link, setGuard } from '../lib/router.js';
import { tell } from '../ui/dialog.js';
import { useGuard } from '../ui/guard.js';
import { Copy, Heading } from '../ui/basics.js';
import { Choice, Summary, TagsField, Text } from '../ui/fields.js';

function bodyOf({ name, role, collections, expires }) {
  return { name, role, ...(role === 'editor' && { collections }),
    ...(expires && { expires_at: new Date(expires).toISOString() }) };
}

const start = { name: '', role: 'reader', collections: [], expires: '' };

export function TokenForm() {
  const [token, setToken] = useState(start);
  const [errors, setErrors] = useState({});
  const [names, setNames] = useState(null);
  const set = (change) => setToken((old) => ({ ...old, ...change }));
  const want = async () => {
    if (names) return;
    try {
      setNames((await api.get('/collections')).data
        .filter((c) => !c.meta?.system).map((c) => c.collection));
    } catch { /* they are suggestions only */ }
  };
  useGuard(JSON.stringify(token) !== JSON.stringify(start));
  const [submit, busy] = useSubmit(async () => {
    try {
      const { data } = await api.post('/tokens', bodyOf(token));
      setGuard(null);
      await tell({ title: t.tokens.madeTitle, body: html`
        <p>${t.tokens.madeBody}</p>
        <p><code class="secret">${data.token}</code>${' '}
          <${Copy} text=${data.token} /></p>` });
      go('/tokens');
    } catch (failure) {
      setErrors(errorsOf(failure));
    }
  });
  return html`<${Heading} title=${t.tokens.new}
      trail=${[[link('/tokens'), t.tokens.title]]} />
    <form class="narrow" onSubmit=${submit} noValidate>
      <${Summary} errors=${errors} labels=${t.tokens} />
      <${Text} label=${t.tokens.name} hint=${t.tokens.nameHint} name="name"
        value=${token.name} error=${errors.name}
        onValue=${(name) => set({ name })} />
      <${Choice} label=${t.tokens.role} value=${token.role}
        error=${errors.role} options=${Object.entries(t.tokens.roles)}
        onValue=${(role) => { set({ role }); if (role === 'editor') want(); }} />
      ${token.role === 'editor' && html`<${TagsField}
        label=${t.tokens.collections} hint=${t.tokens.collectionsHint}
        value=${token.collections} error=${errors.collections}
        suggestions=${names} onWant=${want}
        onValue=${(collections) => set({ collections })} />`}
      <${Text} label=${t.tokens.expires} hint=${t.tokens.expiresHint}
        type="datetime-local" value=${token.expires}
        error=${errors.expires_at} onValue=${(expires) => set({ expires })} />
      <div class="form-end"><button type="submit"
          aria-busy=${busy ? 'true' : undefined}>${t.tokens.create}</button>
        <a role="button" class="secondary outline" href=${link('/tokens')}>${
          t.cancel}</a></div></form>`;
}
