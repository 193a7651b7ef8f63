// The rules of src/README that a machine can check: who may include whom, one
// door for each foreign header, sizes, banned calls.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { SRC } from '../lib/util.mjs';

function filesBelow(folder, pattern) {
  return readdirSync(join(SRC, folder), { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory()
      ? filesBelow(join(folder, entry.name), pattern)
      : pattern.test(entry.name) ? [join(folder, entry.name)] : []).sort();
}

const code = [...filesBelow('src', /\.[ch]$/), ...filesBelow('cgi-bin', /\.c$/)];
const text = Object.fromEntries(code.map((file) =>
  [file, readFileSync(join(SRC, file), 'utf8')]));
const roomOf = (file) => /^src\/([a-z]+)\//.exec(file)?.[1];
const includesOf = (file) => [...text[file]
  .matchAll(/^\s*#\s*include\s+([<"])([^>"]+)[>"]/gm)]
  .map(([, quote, name]) => ({ ours: quote === '"', name }));

function none(list, words) {
  assert.ok(list.length === 0, `${words}:\n${list.join('\n')}`);
}

const has = (program) =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

// The table stands in src/README, under "The rule".
function ruleTable() {
  const readme = readFileSync(join(SRC, 'src/README'), 'utf8');
  const rule = readme.slice(readme.indexOf('The rule\n'));
  const rows = {};
  for (const [, room, may] of rule.matchAll(/^ {2}([a-z]+) {2,}(.+)$/gm)) {
    if (room === 'room' || room === 'mains') continue;
    rows[room] = may.startsWith('nothing') ? []
      : may.replace(/\(.*\)/, '').split(',').map((word) => word.trim());
  }
  return rows;
}

test('rooms include only what the table allows', () => {
  const table = ruleTable();
  assert.ok(Object.keys(table).length >= 8, 'the table was not found');
  const wrong = [];
  for (const file of code) {
    const room = roomOf(file);
    for (const { ours, name } of includesOf(file)) {
      const other = /^([a-z]+)\//.exec(name)?.[1];
      if (!ours || !room || !other || other === room || !(other in table))
        continue;
      if (!table[room]?.includes(other)) wrong.push(`${file}: ${name}`);
    }
  }
  none(wrong, 'includes against the rule');
});

test('delivery sees of http only the client', () => {
  none(code.filter((file) => roomOf(file) === 'delivery')
    .flatMap((file) => includesOf(file)
      .filter(({ name }) => name.startsWith('http/') &&
        name !== 'http/fcgi_client.h')
      .map(({ name }) => `${file}: ${name}`)), 'more than http/fcgi_client.h');
});

const doors = [
  [/^db\.h$/, /^src\/store\//],
  [/^fcgi(app|_stdio|os|_config)?\.h$|^fastcgi\.h$/, /^src\/http\/fcgi\.c$/],
  [/^curl\//, /^src\/delivery\/(send|transfer|tls)\.c$/],
  [/json-c|^json[a-z_]*\.h$/, /^src\/common\/js\.c$/],
  [/^openssl\//, /^src\/(common\/(digest|seal)|delivery\/tls)\.c$/],
  [/^ini\.h$/, /^src\/common\/conf[a-z_]*\.c$/],
  [/^zlib\.h$/, /^src\/common\/inflate\.c$/],
  [/^utf8proc\.h$/, /^src\/query\//],
  [/^yaml\.h$/, /^src\/query\//],
];

test('one door for each foreign header', () => {
  const wrong = [];
  for (const file of code) {
    for (const { ours, name } of includesOf(file)) {
      for (const [header, door] of doors)
        if (!ours && header.test(name) && !door.test(file))
          wrong.push(`${file}: <${name}>`);
    }
  }
  none(wrong, 'through the window');
});

// What to use instead.
const banned = { getenv: 'conf_env', strcpy: 'spans', strcat: 'struct buf',
  sprintf: 'buf_printf', vsprintf: 'buf_printf', strtok: 'span_next',
  atoi: 'span_i64', atol: 'span_i64', gmtime: 'clock_split',
  localtime: 'clock_split', system: 'nothing', popen: 'nothing',
  rand: 'rand.h', srand: 'rand.h', gets: 'nothing', alloca: 'the arena',
  setjmp: 'nothing', time: 'clock.h', gettimeofday: 'clock.h' };
const doorsOfCalls = { getenv: /^src\/common\/conf\.c$/ };

function withoutComments(file) {
  return text[file].replace(/\/\*[\s\S]*?\*\//g, (comment) =>
    comment.replace(/[^\n]/g, ' ')).replace(/"(\\.|[^"\\\n])*"/g, '""');
}

test('banned calls', () => {
  const pattern = new RegExp(`(?<![\\w.>])(${Object.keys(banned).join('|')})\\s*\\(`, 'g');
  const wrong = [];
  for (const file of code) {
    withoutComments(file).split('\n').forEach((line, i) => {
      for (const [, name] of line.matchAll(pattern))
        if (!doorsOfCalls[name]?.test(file))
          wrong.push(`${file}:${i + 1}: ${name}; use ${banned[name]}`);
    });
  }
  none(wrong, 'banned');
});

test('files under 500 lines, lines within 80 columns', () => {
  const wrong = [];
  const tests = filesBelow('tests', /\.(c|h|mjs)$/)
    .filter((file) => !file.includes('node_modules'));
  for (const file of [...code, ...tests]) {
    const { length } = (text[file] ?? readFileSync(join(SRC, file), 'utf8'))
      .split('\n');
    if (length > 501) wrong.push(`${file}: ${length - 1} lines`);
  }
  for (const file of code) {
    text[file].split('\n').forEach((line, i) => {
      let column = 0;
      for (const c of line) column = c === '\t' ? (column | 7) + 1 : column + 1;
      if (column > 80) wrong.push(`${file}:${i + 1}: ${column} columns`);
    });
  }
  none(wrong, 'too long');
});

// Debian 12 brings Node 18: what it lacks, and what it does wrongly (a socket
// is a folder to it when it reads folders in folders).
const newer = new RegExp('\\.to(Sorted|Reversed|Spliced)\\(|' +
  '\\b(Object|Map)\\.groupBy\\(|\\b(fromAsync|withResolvers)\\(|' +
  'import\\.meta\\.(dirname|filename)|readdirSync\\([^)]*recursive');

test('the tests run with Node 18', () => {
  const tests = filesBelow('tests', /\.mjs$/)
    .filter((file) => !file.includes('node_modules'));
  assert.match('rows.toSorted(a)', newer);
  none(tests.filter((file) => !file.endsWith('/rules.test.mjs')).flatMap(
    (file) => readFileSync(join(SRC, file), 'utf8').split('\n')
      .flatMap((line, i) => newer.test(line) ? [`${file}:${i + 1}`] : [])),
  'too new');
});

test('the tours of source and tests within 80 columns', () => {
  const files = ['src', 'tests'].flatMap((top) => filesBelow(top, /^README$/))
    .filter((file) => !file.includes('node_modules'));
  assert.ok(files.length >= 3, 'not found');
  none(files.flatMap((file) => readFileSync(join(SRC, file), 'utf8')
    .split('\n').flatMap((line, i) =>
      line.length > 80 ? [`${file}:${i + 1}`] : [])), 'too long');
});

test('functions within 60 lines', { skip: !has('ctags') && 'no ctags' }, () => {
  const out = execFileSync('ctags', ['--fields=+ne', '--output-format=u-ctags',
    '-f', '-', '--kinds-C=f', ...code.filter((file) => file.endsWith('.c'))],
  { cwd: SRC, encoding: 'utf8', maxBuffer: 1 << 26 });
  const lengths = out.split('\n').map((row) => {
    const from = Number(/\tline:(\d+)/.exec(row)?.[1]);
    const to = Number(/\tend:(\d+)/.exec(row)?.[1]);
    const [name, file] = row.split('\t');
    return { name, file, length: to - from + 1 };
  }).filter((one) => one.length > 0);
  none(lengths.filter((one) => one.length > 60)
    .map((one) => `${one.file}: ${one.name}: ${one.length} lines`),
  'over 60 lines');
  const sorted = lengths.map((one) => one.length).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  assert.ok(median <= 20, `the median function has ${median} lines`);
});

test('every file opens with what it owns', () => {
  none(code.filter((file) => !text[file].startsWith('/*')),
    'no opening comment');
});

test('nothing names the machine it was written on', () => {
  none(code.filter((file) => /\/(work|tmp)\/[a-z]/.test(text[file])),
    'a path of one machine');
});

test('no typedef of structs, no reserved guards', () => {
  none(code.filter((file) => /typedef\s+struct/.test(text[file]) ||
    /#\s*define\s+_[A-Z]/.test(text[file].replace('_GNU_SOURCE', ''))),
  'against the conventions');
});

test('clang-format leaves everything as it is',
  { skip: !has('clang-format') && 'no clang-format' }, () => {
    const files = [...code, ...filesBelow('tests', /\.[ch]$/)];
    const out = spawnSync('clang-format', ['--dry-run', '-Werror', ...files],
      { cwd: SRC, encoding: 'utf8', maxBuffer: 1 << 26 });
    none([...new Set(out.stderr.split('\n')
      .map((line) => /^([^:]+):\d+/.exec(line)?.[1]).filter(Boolean))],
    'run clang-format -i on');
  });

test('shell scripts', { skip: !has('shellcheck') && 'no shellcheck' }, () => {
  const scripts = ['quickstart', '.ci/run', 'tests/run-suite', 'tests/summary',
    'tests/bench/run'].filter((file) => existsSync(join(SRC, file)));
  const out = spawnSync('shellcheck', ['-x', ...scripts],
    { cwd: SRC, encoding: 'utf8' });
  assert.equal(out.status, 0, out.stdout);
});

test('man pages', { skip: !has('mandoc') && 'no mandoc' }, () => {
  const pages = ['src', 'conf', 'cgi-bin'].flatMap((folder) =>
    filesBelow(folder, /\.[1-8]$/));
  const out = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages],
    { cwd: SRC, encoding: 'utf8' });
  if (pages.length > 0) assert.equal(out.stdout + out.stderr, '');
});

test('man pages have the options of the usage texts, and every command', () => {
  const pages = { 'cgi-bin/webhooks.c': 'cgi-bin/webhooks.fcgi.8',
    'src/dispatch.c': 'src/webhooks-dispatch.8',
    'src/ctl.c': 'src/webhooks-ctl.1' };
  const sorted = (found) => [...new Set([...found].map((one) => one[1])
    .concat('help', 'version'))].sort();
  for (const [file, page] of Object.entries(pages)) {
    const told = readFileSync(join(SRC, page), 'utf8');
    const usage = [...text[file].matchAll(/"((?:\\.|[^"\\])*)"/g)]
      .map((one) => one[1]).join(' ');
    assert.deepEqual(
      sorted(told.matchAll(/\bF[lc] -([a-z][a-z-]*)/g)).filter(
        (name) => name !== 'config'),
      sorted(usage.matchAll(/--([a-z][a-z-]*)/g)), page);
  }
  const ctl = readFileSync(join(SRC, pages['src/ctl.c']), 'utf8');
  const commands = [...text['src/ctl.c'].matchAll(
    /^ {4}\{"(\w+)", (?:"(\w+)"|NULL),/gm)]
    .map(([, noun, verb]) => verb ? `${noun} ${verb}` : noun);
  assert.ok(commands.length >= 14, 'the commands were not found');
  none(commands.filter((name) =>
    !new RegExp(`^\\.(It )?Ic ${name}\\b`, 'm').test(ctl)), 'not in the page');
});

test('every source is listed in its room\'s local.mk', () => {
  const makefiles = filesBelow('src', /^local\.mk$/)
    .concat('cgi-bin/local.mk')
    .map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n');
  none(code.filter((file) => !makefiles.includes(file))
    .map((file) => relative(SRC, join(SRC, file))), 'not listed');
});

test('src/store/README names every table and every index', () => {
  const readme = readFileSync(join(SRC, 'src/store/README'), 'utf8');
  const rowsFrom = (words) => [...readme.slice(readme.indexOf(words))
    .split('\n\n')[1].matchAll(/^ {2}(\S+) {2,}(.*)$/gm)];
  const tables = [...text['src/store/table.c'].matchAll(/= "(\w+\.db)"/g)];
  assert.deepEqual(rowsFrom('records are those').map((row) => row[1])
    .filter((name) => name !== 'file').sort(),
  tables.map((found) => found[1]).sort());
  const told = rowsFrom('One table for all').flatMap(([, table, names]) =>
    names.split(', ').map((name) => `${table} ${name}`));
  const real = [...text['src/model/schema_builtin.c'].matchAll(
    /\[([A-Z]+)_\w+\]\s*=\s*FIELD\("(\w+)",([^;]*?)\)(?=,\s*[[}])/g)]
    .filter(([, , , traits]) => /\bINDEXED\b/.test(traits))
    .map(([, noun, name]) =>
      `${noun.toLowerCase().replace(/y$/, 'ie')}s ${name}`);
  assert.ok(real.length >= 8, 'the indexes were not found');
  assert.deepEqual(told.sort(), real.sort());
});
