// What the contract says where no recorded answer shows it: the cases of
// contract/, a fresh store for each file, its lines one after the other.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';
import { SRC } from '../lib/util.mjs';
import { requestOf, told } from './told.mjs';

const folder = join(SRC, 'tests/conformance');
const collections = JSON.parse(readFileSync(join(folder, 'collections.json')));

function casesOf(file) {
  const cases = [];
  for (const line of readFileSync(join(folder, 'contract', file), 'utf8')
    .split('\n')) {
    if (line.startsWith('\t')) cases.at(-1).want = line.slice(1);
    else if (line && !line.startsWith('#')) cases.push({ line });
  }
  return cases;
}

async function play(file) {
  const stack = await startStack({ collections, editor: true, dispatch: false });
  try {
    const who = { token: stack.token, editor: stack.editorToken };
    const wrong = [];
    for (const { line, want } of casesOf(file)) {
      const have = told(await send(stack.base, requestOf(line, who)));
      if (have !== want) wrong.push(`${line}\n  want ${want}\n  have ${have}`);
    }
    assert.equal(wrong.length, 0, wrong.slice(0, 10).join('\n'));
  } finally {
    await stack.stop();
  }
}

test('the sentences of the contract', { concurrency: 3 }, async (t) => {
  await Promise.all(readdirSync(join(folder, 'contract')).sort()
    .map((file) => t.test(file, () => play(file))));
});
