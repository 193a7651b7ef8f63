// What a reader of an export must find, given the rows as they are shown. The
// readers are Python's (readers.py): csv, ElementTree, PyYAML, json.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { SRC } from '../lib/util.mjs';

export const canRead =
  spawnSync('python3', ['-c', 'import yaml']).status === 0;

export class Readers {
  constructor() {
    this.child = spawn('python3', [join(SRC, 'tests/property/readers.py')],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[
      Symbol.asyncIterator]();
  }

  async read(format, text) {
    this.child.stdin.write(JSON.stringify({ format, text }) + '\n');
    const { value } = await this.lines.next();
    return JSON.parse(value);
  }

  stop() { this.child.stdin.end(); }
}

const isObject = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

// ---- csv: names, then texts; a null is an empty cell -------------------------

function flatten(row, before = '', out = {}) {
  for (const [name, value] of Object.entries(row)) {
    const path = before + name;
    if (isObject(value) && Object.keys(value).length > 0)
      flatten(value, path + '.', out);
    else out[path] = value;
  }
  return out;
}

function csvOf(rows) {
  const flat = rows.map((row) => flatten(row));
  const names = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const cell = (value) => value === null || value === undefined ? ''
    : typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (names.length === 0) return [];
  return [names, ...flat
    .filter((row) => Object.values(row).some((value) => value !== null))
    .map((row) => names.map((name) => cell(row[name])))];
}

// ---- xml: [tag, text or children]; a reader makes every line end a feed ------

function elements(tag, value) {
  if (Array.isArray(value)) return value.flatMap((one) => elements(tag, one));
  return [[tag, content(value)]];
}

function content(value) {
  if (Array.isArray(value)) value = { data: value };
  if (!isObject(value)) return String(value).replace(/\r\n?/g, '\n');
  const children = Object.entries(value)
    .flatMap(([name, one]) => elements(name, one));
  return children.length > 0 ? children : '';
}

// What no XML can hold is refused.
const isForXml = (rows) =>
  // eslint-disable-next-line no-control-regex
  !/[\u0001-\u0008\ufffe\uffff]|\\u000[1-8]/.test(JSON.stringify(rows));

// {status} or {status, value}: what the reader of this format must find.
export function expected(format, rows, one) {
  if (format === 'xml' && !isForXml(rows)) return { status: 400 };
  const data = one ? rows[0] : rows;
  const value = format === 'csv' ? csvOf(rows)
    : format === 'xml' ? ['data', content(data)] : data;
  return { status: 200, value };
}
