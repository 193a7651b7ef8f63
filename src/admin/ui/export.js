// The filtered list as a file.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { tryTo } from './notice.js';

const MOST = 10000;
const kinds = ['csv', 'json', 'xml', 'yaml'];

function hand(blob, name) {
  const address = URL.createObjectURL(blob);
  const a = document.createElement('a');
  a.href = address;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

export function Export({ path, filter, name }) {
  const run = async (event, kind) => {
    const menu = event.currentTarget.closest('details');
    menu.open = false;
    menu.querySelector('summary').focus();
    await tryTo(async () => hand(await api.blob(path, { export: kind,
      limit: MOST, sort: '-id', filter }), `${name}.${kind}`),
    t.deliveries.exported);
  };
  return html`<details class="menu">
    <summary role="button" class="secondary outline small">${
      t.deliveries.export}</summary>
    <div class="menu-list">${kinds.map((kind) => html`<button type="button"
        key=${kind} class="plain" onClick=${(event) => run(event, kind)}>${
        t.deliveries.exportAs(kind)}</button>`)}
      <small>${t.deliveries.exportNote(MOST)}</small></div></details>`;
}
