// The page: sign-in or shell, and in it the screen of the address.
import { html, render, useEffect, useLayoutEffect, useState } from './vendor/preact.js';
import { t } from './text.js';
import { api, session } from './lib/api.js';
import { go, link, match, mayLeave, setGuard, useRoute }
  from './lib/router.js';
import { useKeys } from './lib/keys.js';
import { useLoad, usePreference } from './lib/hooks.js';
import { Dialog, tell } from './ui/dialog.js';
import { Empty, Failure, Heading, Loading } from './ui/basics.js';
import { Notice } from './ui/notice.js';
import { SignIn } from './screens/sign-in.js';
import { Me } from './ui/me.js';
import { menu, routes } from './routes.js';

function Theme() {
  const [theme, setTheme] = usePreference('theme', 'auto');
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'auto') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme);
  }, [theme]);
  return html`<select class="theme" aria-label=${t.theme.label}
      onChange=${(event) => setTheme(event.currentTarget.value)}>
    ${['auto', 'light', 'dark'].map((name) => html`<option key=${name}
      value=${name} selected=${name === theme}>${t.theme[name]}</option>`)}
  </select>`;
}

function KeysHelp() {
  const [keys, setKeys] = usePreference('keys', 'on');
  return html`<dl class="keys">${t.help.keys.map(([key, words]) =>
    html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`)}
  </dl><label><input type="checkbox" role="switch" checked=${keys !== 'off'}
    onChange=${(event) => setKeys(event.currentTarget.checked ? 'on' : 'off')}
    /> ${t.help.on}</label>`;
}

const help = () => tell({ title: t.help.title, body: html`<${KeysHelp} />` });

function Screen({ route, me }) {
  for (const [pattern, Component] of routes) {
    const found = match(pattern, route.path);
    // A screen belongs to its path; filters only refine it.
    if (found) return html`<${Component} key=${route.path} me=${me}
      query=${route.query} ...${found} />`;
  }
  return html`<${Heading} title=${t.notFound.title} />
    <${Empty} title="" body=${t.notFound.body} />`;
}

function Shell({ me, onSignOut }) {
  const route = useRoute();
  useKeys({ '?': help });
  const part = routes.find(([pattern]) => match(pattern, route.path))?.[2];
  const shown = me.role_name === 'admin' ? menu
    : menu.filter((name) => name !== 'tokens');
  return html`<a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.querySelector('main h1')?.focus();
    }}>${t.skip}</a>
  <header class="top">
    <a class="brand" href=${link('/webhooks')}><img src="icon.svg"
      alt=${t.product} width="24" height="24" /><span
      aria-hidden="true"> ${t.product}</span></a>
    <nav aria-label=${t.nav.label}><ul>${shown.map((name) => html`
      <li key=${name}><a href=${link(`/${name}`)}
        aria-current=${name === part ? 'page' : undefined}>${
        t.nav[name]}</a></li>`)}</ul></nav>
    <div class="top-end">
      <button type="button" class="plain round" title=${t.help.open}
        aria-label=${t.help.open} onClick=${help}>?</button>
      <${Theme} />
      <button type="button" class="outline secondary small"
        title=${t.as(me.role_name)} onClick=${onSignOut}>${t.signOut}</button>
    </div>
  </header>
  <main id="main"><${Screen} route=${route} me=${me} /></main>`;
}

// Undefined: not known yet; null: nobody is signed in. The address stays as it
// is, so that a sign-in leads back to it.
const whoIs = async () =>
  session.token ? (await api.get('/users/me')).data : null;

function Page() {
  const { data: me, error, reload, setData: setMe } = useLoad(whoIs, []);
  const [trouble, setTrouble] = useState(null);
  const leave = (words) => {
    session.end();
    setGuard(null);
    setTrouble(words);
    setMe(() => null);
  };
  const signOut = async () => {
    if (!await mayLeave()) return;
    leave(null);
    go('/webhooks');
  };
  useLayoutEffect(() => session.whenLost(() => leave(t.signIn.lost)), []);
  // A page in somebody's frame shows nothing.
  if (window.top !== window.self) return null;
  if (me === undefined) return html`<main>${error
    ? html`<${Failure} error=${error} retry=${reload} />`
    : html`<${Loading} />`}</main>`;
  return html`${me ? html`<${Me.Provider} value=${me}>
      <${Shell} me=${me} onSignOut=${signOut} /><${Dialog} /><//>`
    : html`<${SignIn} trouble=${trouble} onDone=${(who) => setMe(() => who)} />`}
    <${Notice} />`;
}

render(html`<${Page} />`, document.querySelector('#app'));
