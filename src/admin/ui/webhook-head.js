// Above every screen of one webhook: which one it is, and its other screens.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/hooks.js';
import { link } from '../lib/router.js';
import { Heading, Tabs } from './basics.js';
import { mayWrite, useMe } from './me.js';

export const useWebhook = (id) => useLoad(async () => id
  ? (await api.get(`/webhooks/${id}`)).data : null, [id]).data;

export function WebhookHead({ id, current, title, webhook, children }) {
  const writes = mayWrite(useMe());
  const list = [['edit', `/webhooks/${id}`],
    ['deliveries', `/webhooks/${id}/deliveries`],
    ...(writes ? [['test', `/webhooks/${id}/test`],
      ['secret', `/webhooks/${id}/secret`]] : [])];
  const [, path] = list.find(([name]) => name === current);
  return html`<${Heading} title=${title} trail=${[
      [link('/webhooks'), t.webhooks.title],
      ...(current === 'edit' ? [] : [[link(`/webhooks/${id}`),
        webhook?.name || t.deliveries.deleted(id)]])]}>${children}<//>
    <${Tabs} label=${t.form.tabs.label} current=${link(path)}
      list=${list.map(([name, to]) => [link(to), t.form.tabs[name]])} />`;
}
