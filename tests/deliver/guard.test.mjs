// By default nothing goes to addresses that are not public.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const spelled = (port) => [`127.0.0.1:${port}`, `localhost:${port}`,
  `127.1:${port}`, `2130706433:${port}`, `0x7f.1:${port}`, `[::1]:${port}`,
  `[::ffff:127.0.0.1]:${port}`, `0.0.0.0:${port}`, `[64:ff9b::7f00:1]:${port}`];

test('own addresses in any spelling are refused, allowed ones are not',
  async () => {
    const sink = await new Sink().start();
    const other = await new Sink().start();
    const stack = await startStack({ conf: { dispatch: { allow_private: 'no',
      allow_addresses: `127.0.0.1/32:${other.port}` } } });
    stack.expectLog(/ warning /);
    let refused = 0;
    try {
      for (const host of spelled(sink.port)) {
        const made = await stack.ask('POST', '/webhooks', { name: host,
          url: `http://${host}/`, actions: ['create'],
          collections: ['articles'] });
        if (made.status === 400) continue;
        refused++;
        const { id } = made.json.data;
        await stack.must('PATCH', `/webhooks/${id}/options`, { schedule: [0] });
      }
      const fine = await stack.webhook({ url: `${other.url}/fine` });
      await stack.must('POST', '/items/articles', { title: 'x' });
      await other.wait('/fine');
      const rows = await until('an end of all', async () => {
        const list = await stack.must('GET', '/deliveries', undefined,
          { query: `filter[webhook][_neq]=${fine.id}` });
        return list.every((row) => row.state === 'dead') && list;
      });
      assert.ok(refused >= 4 && rows.length === refused);
      for (const row of rows) {
        const { log } = await stack.must('GET', `/deliveries/${row.id}`);
        assert.equal(log[0].outcome, 'refused_address', log[0].url);
        assert.equal(log[0].status ?? 0, 0);
      }
      assert.equal(sink.got.length, 0);
    } finally {
      await sink.stop();
      await stack.stop();
      await other.stop();
    }
  });
