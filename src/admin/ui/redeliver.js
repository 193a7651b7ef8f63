// Redelivery of many: the count first, then in pieces, so that there is
// progress to be seen and a moment to stop.
import { html, useRef, useState } from '../vendor/preact.js';
import { t, failureWords } from '../text.js';
import { api } from '../lib/api.js';
import { ask } from './dialog.js';
import { say } from './notice.js';

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
async function redeliverAll(filter, stopped, onProgress) {
  let page = filter, seen = 0, queued = 0;
  for (;;) {
    const { data } = await api.get('/deliveries', { fields: 'id', sort: '-id',
      limit: PIECE, filter: page });
    if (data.length === 0 || stopped()) return queued;
    queued += await redeliverIds(data.map((row) => row.id));
    page = and(filter, { id: { _lt: data.at(-1).id } });
    seen += data.length;
    onProgress(seen);
  }
}

export function Redeliver({ filter, onDone }) {
  const [work, setWork] = useState(null);
  const stop = useRef(false);
  const run = async () => {
    try {
      const all = await countOf(filter);
      if (all === 0) {
        say(t.deliveries.nothing);
        return;
      }
      if (!await ask({ title: t.deliveries.askTitle(all), danger: true,
        body: t.deliveries.askBody, action: t.deliveries.redeliver })) return;
      stop.current = false;
      setWork({ done: 0, all });
      const count = await redeliverAll(filter, () => stop.current,
        (done) => setWork({ done, all }));
      say(stop.current ? `${t.deliveries.stopped} ${
        t.deliveries.queued(count)}` : t.deliveries.queued(count));
    } catch (failure) {
      say(failureWords(failure));
    }
    setWork(null);
    onDone();
  };
  if (work) return html`<div class="working">
    <label>${t.deliveries.working} <progress value=${work.done}
      max=${work.all} /></label>
    <span>${t.deliveries.progress(Math.min(work.done, work.all),
      work.all)}</span>
    <button type="button" class="small secondary"
      onClick=${() => { stop.current = true; }}>${t.deliveries.stop}</button>
  </div>`;
  return html`<button type="button" class="secondary outline small"
    onClick=${run}>${t.deliveries.redeliverAll}</button>`;
}
