// Certificates of the tests' own authority, made by the openssl command.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const haveOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const openssl = (...args) => execFileSync('openssl', args,
  { stdio: ['ignore', 'ignore', 'pipe'] });

// Makes dir/NAME.key and .crt; without `by` it signs itself.
function make(dir, name, names, by) {
  const file = (end) => join(dir, name + end);
  writeFileSync(file('.ext'), names
    ? `subjectAltName=${names}\n` : 'basicConstraints=critical,CA:TRUE\n');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-keyout', file('.key'), '-out', file('.csr'),
    '-subj', `/CN=${name}`);
  openssl('x509', '-req', '-in', file('.csr'), '-days', '30',
    '-extfile', file('.ext'), '-out', file('.crt'), ...by
      ? ['-CA', join(dir, by + '.crt'), '-CAkey', join(dir, by + '.key'),
        '-CAcreateserial']
      : ['-key', file('.key')]);
}

// {caFile, good, alien, other}: of our authority, of nobody's, and of our
// authority for another host; each {key, cert} as https.createServer takes.
export function makeCerts(dir, also = '') {
  const here = 'DNS:localhost,IP:127.0.0.1' + also;
  make(dir, 'ca');
  make(dir, 'good', here, 'ca');
  make(dir, 'other', 'DNS:other.test', 'ca');
  make(dir, 'alien', here);
  const pair = (name) => ({ key: readFileSync(join(dir, name + '.key')),
    cert: readFileSync(join(dir, name + '.crt')) });
  return { caFile: join(dir, 'ca.crt'), good: pair('good'),
    other: pair('other'), alien: pair('alien') };
}
