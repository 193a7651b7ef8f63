// Redelivery of many: the count first, then in pieces, so that there is
// progress to be seen and a moment to stop.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { t, failureWords } from '../text.js';
import { api } from '../lib/api.js';
import { useOnce } from '../lib/hooks.js';
import { ask } from './dialog.js';
import { useGuard } from './guard.js';
import { say, sayFailure } from './notice.js';

const PIECE = 500;

export async function redeliverIds(ids) {
  const { data } = await api.post('/deliveries/redeliver',
    { query: { filter: { id: { _in: ids } }, limit: ids.length } });
  return data.count;
}

const and = (filter, more) => filter ? { _and: [filter, more] } : more;

async function countOf(filter) {
  // A dry run counts at most as many as one write may change.
  const { meta } = await api.get('/deliveries', { filter, limit: 1,
    fields: 'id', meta: 'filter_count' });
  return meta.filter_count;
}

// Newest first; what arrives meanwhile has a higher id and is not touched.
// `work` is told how far it is, and may say stop.
async function redeliverAll(filter, work) {
  let page = filter;
  for (;;) {
    const { data } = await api.get('/deliveries', { fields: 'id', sort: '-id',
      limit: PIECE, filter: page });
    if (data.length === 0 || work.stopped) return;
    work.queued += await redeliverIds(data.map((row) => row.id));
    page = and(filter, { id: { _lt: data.at(-1).id } });
    work.done += data.length;
    work.onStep();
  }
}

export function Redeliver({ filter, onDone }) {
  const [shown, setShown] = useState(null);
  const work = useRef({});
  const stop = () => { work.current.stopped = true; };
  useGuard(shown, t.deliveries.leave);
  useEffect(() => stop, []);
  const play = async (all) => {
    const w = { done: 0, queued: 0, onStep: () =>
      setShown({ all, done: Math.min(w.done, all) }) };
    work.current = w;
    w.onStep();
    try {
      await redeliverAll(filter, w);
      const words = t.deliveries.queued(w.queued);
      say(w.stopped ? `${t.deliveries.stopped} ${words}` : words);
    } catch (failure) {
      sayFailure(failure, `${failureWords(failure)} ${
        t.deliveries.queued(w.queued)}`);
    }
    setShown(null);
    onDone();
  };
  const [run] = useOnce(async () => {
    try {
      const all = await countOf(filter);
      if (all === 0) say(t.deliveries.nothing);
      else if (await ask({ title: t.deliveries.askTitle(all), danger: true,
        body: t.deliveries.askBody(all), action: t.deliveries.redeliver }))
        await play(all);
    } catch (failure) {
      sayFailure(failure);
    }
  });
  if (shown) return html`<div class="working">
    <label>${t.deliveries.working} <progress value=${shown.done}
      max=${shown.all} /></label>
    <span>${t.deliveries.progress(shown.done, shown.all)}</span>
    <button type="button" class="small secondary" onClick=${stop}>${
      t.deliveries.stop}</button></div>`;
  return html`<button type="button" class="secondary outline small"
    onClick=${run}>${t.deliveries.redeliverAll}</button>`;
}
