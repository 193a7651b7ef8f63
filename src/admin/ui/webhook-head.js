// Above every screen of one webhook: which one it is, its other screens, and
// what is in the way of its deliveries.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { api } from '../lib/api.js';
import { useLoad, usePoll } from '../lib/hooks.js';
import { link } from '../lib/router.js';
import { Heading, Tabs } from './basics.js';
import { Trouble } from './trouble.js';
import { mayWrite, useMe } from './me.js';

export const useWebhook = (id) => useLoad(async () => id
  ? (await api.get(`/webhooks/${id}`)).data : null, [id]).data;

// The settings screen has calls enough of its own, and knows of the webhook's
// own trouble.
function useStats(id, own) {
  const { data, reload } = useLoad(async () => own ? null
    : (await api.get(`/webhooks/${id}/stats`)).data, [id, !own]);
  usePoll(!own, 15000, reload);
  return own ?? data;
}

export function WebhookHead({ id, current, title, webhook, trouble, children }) {
  const writes = mayWrite(useMe());
  const stats = useStats(id, trouble);
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
      list=${list.map(([name, to]) => [link(to), t.form.tabs[name]])} />
    <${Trouble} stats=${stats} boxed />`;
}
