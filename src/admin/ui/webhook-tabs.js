import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { link } from '../lib/router.js';
import { Tabs } from './basics.js';
import { mayWrite, useMe } from './me.js';

export function WebhookTabs({ id, current }) {
  const writes = mayWrite(useMe());
  const list = [['edit', `/webhooks/${id}`],
    ['deliveries', `/webhooks/${id}/deliveries`],
    ...(writes ? [['test', `/webhooks/${id}/test`],
      ['secret', `/webhooks/${id}/secret`]] : [])];
  const [, path] = list.find(([name]) => name === current);
  return html`<${Tabs} label=${t.form.tabs.label} current=${link(path)}
    list=${list.map(([name, to]) => [link(to), t.form.tabs[name]])} />`;
}
