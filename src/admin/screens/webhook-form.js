// New and edit, in Directus's order of fields; the exact request beside it.
import { html, useMemo, useRef, useState } from '../vendor/preact.js';
import { t, errorsOf } from '../text.js';
import { api } from '../lib/api.js';
import { go, link, setGuard } from '../lib/router.js';
import { useLoad, useOnce } from '../lib/hooks.js';
import { useGuard } from '../ui/guard.js';
import { say } from '../ui/notice.js';
import { Failure, Heading, Loading } from '../ui/basics.js';
import { Summary } from '../ui/fields.js';
import { WebhookHead } from '../ui/webhook-head.js';
import { Preview } from '../ui/preview.js';
import { blank, optionsErrors, optionsOut, optionsIn }
  from '../lib/webhook-options.js';
import { DeliveryFields, MainFields, TriggerFields }
  from '../ui/webhook-fields.js';
import { mayWrite } from '../ui/me.js';

// A new one: what others use, as suggestions. An old one, or a copy of it:
// itself and its options.
async function load(id, copyOf) {
  const from = id ?? copyOf;
  if (from === undefined) {
    const { data } = await api.get('/webhooks', { limit: 10, sort: '-id',
      fields: 'name,url' });
    return { webhook: { ...blank }, options: optionsIn({}), examples: data };
  }
  const [webhook, options] = await Promise.all([
    api.get(`/webhooks/${from}`), api.get(`/webhooks/${from}/options`)]);
  const { id: own, ...rest } = webhook.data;
  if (!id) rest.name = t.form.copyOf(rest.name);
  return { webhook: rest, options: optionsIn(options.data),
    trouble: { status: rest.status, breaker: 'closed',
      disabled_reason: options.data.disabled_reason }, examples: [] };
}

export function WebhookForm({ id, query, me }) {
  const { data, error, reload } = useLoad(() => load(id, query.copy),
    [id, query.copy]);
  return html`${id ? html`<${WebhookHead} id=${id} current="edit"
      webhook=${data?.webhook} trouble=${data?.trouble ?? {}}
      title=${t.form.editTitle(data?.webhook.name ?? id)}>
      ${data && mayWrite(me) && html`<a role="button" class="secondary outline"
        href=${link('/webhooks/new', { copy: id })}>${t.form.duplicate}</a>`}
    <//>` : html`<${Heading} title=${t.form.newTitle}
      trail=${[[link('/webhooks'), t.webhooks.title]]} />`}
    <${Failure} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${Form} key=${query.copy} id=${id} start=${data}
      writes=${mayWrite(me)} onSaved=${reload} />`}`;
}

// `made` is what the service has: a new webhook whose options were refused is
// there already, and the next try changes it.
async function save(made, webhook, options) {
  if (made.id) await api.patch(`/webhooks/${made.id}`, webhook);
  else made.id = (await api.post('/webhooks', webhook)).data.id;
  if (JSON.stringify(options) === JSON.stringify(made.options)) return;
  await api.patch(`/webhooks/${made.id}/options`, optionsOut(options));
  made.options = options;
}

function Form({ id, start, writes, onSaved }) {
  const [webhook, setWebhook] = useState(start.webhook);
  const [options, setOptions] = useState(start.options);
  const [kept, setKept] = useState(JSON.stringify([webhook, options]));
  const [errors, setErrors] = useState({});
  const made = useRef({ id, options: id ? start.options : optionsIn({}) });
  const now = JSON.stringify([webhook, options]);
  useGuard(writes && now !== kept);
  const labels = useMemo(() => ({ ...t.form, rate_per_second: t.form.rate,
    timeout_ms: t.form.timeout, max_concurrency: t.form.concurrency }), []);
  const fields = { webhook, options, errors, start,
    set: (change) => setWebhook((old) => ({ ...old, ...change })),
    setOption: (change) => setOptions((old) => ({ ...old, ...change })) };

  const [submit, busy] = useOnce(async (test) => {
    const mistakes = optionsErrors(options);
    setErrors(mistakes);
    if (Object.keys(mistakes).length) return;
    try {
      await save(made.current, webhook, options);
      setKept(now);
      setGuard(null);
      say(t.form.saved);
      if (test) go(`/webhooks/${made.current.id}/test`);
      else if (!id) go(`/webhooks/${made.current.id}`);
      else onSaved();
    } catch (failure) {
      setErrors(errorsOf(failure));
    }
  });
  return html`<form class="with-side" onSubmit=${(event) => {
      event.preventDefault();
      submit(false);
    }} noValidate>
    <div class="side-main">
      <${Summary} errors=${errors} labels=${labels} />
      <fieldset disabled=${!writes} class="bare">
        <${MainFields} ...${fields} />
        <${TriggerFields} ...${fields} />
        <${DeliveryFields} ...${fields} />
      </fieldset>
      ${writes ? html`<div class="form-end">
        <button type="submit" aria-busy=${busy ? 'true' : undefined}>${
          id ? t.save : t.form.create}</button>
        <button type="button" class="secondary"
          onClick=${() => submit(true)}>${
          t.form.saveTest}</button>
        <a role="button" class="secondary outline"
          href=${link('/webhooks')}>${t.cancel}</a></div>`
        : html`<p>${t.readOnly}</p>`}
    </div>
    <${Preview} webhook=${webhook} options=${options} on=${writes} /></form>`;
}
