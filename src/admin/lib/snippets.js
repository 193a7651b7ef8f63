// Texts for a terminal: the call as curl, and checks of its signature.
import { quoted } from './format.js';

export function curlOf(attempt, method, body) {
  const lines = [`curl -X ${method} ${quoted(attempt.url)}`,
    ...(attempt.request_headers ?? []).map((h) =>
      `-H ${quoted(`${h.name}: ${h.value}`)}`)];
  if (body) lines.push(`--data-binary ${quoted(body)}`);
  return lines.join(' \\\n  ');
}

// The head of an ed25519 key as a SubjectPublicKeyInfo (RFC 8410).
const SPKI = '302a300506032b6570032100';

function ed25519(start, text, signature) {
  const js = JSON.stringify;
  return `const { createPublicKey, verify } = require('node:crypto');
const raw = process.env.WEBHOOK_PUBLIC_KEY.replace(/^whpk_/, '');
const key = createPublicKey({ format: 'der', type: 'spki', key: Buffer.concat([
  Buffer.from('${SPKI}', 'hex'), Buffer.from(raw, 'base64')]) });
const signed = Buffer.from(${js(start)} + ${js(text)});
const good = ${js(signature)}.split(' ')
  .filter((one) => one.startsWith('v1a,')).some((one) =>
    verify(null, signed, key, Buffer.from(one.slice(4), 'base64')));
console.log(good ? 'good' : 'BAD');`;
}

// id.timestamp.body, keyed with the base64 part of the secret; or signed with
// the private key (Standard Webhooks).
export function snippets(attempt, body) {
  const header = (name) => attempt.request_headers
    ?.find((h) => h.name.toLowerCase() === name)?.value ?? '';
  const id = header('webhook-id'), at = header('webhook-timestamp');
  const signature = header('webhook-signature');
  const text = body ?? '';
  const js = JSON.stringify;
  const v1 = signature.split(' ').filter((one) => one.startsWith('v1,'));
  return {
    Shell: `printf %s ${quoted(`${id}.${at}.${text}`)} |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(printf %s \\
    "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \\n')" \\
    -binary | base64
# expected: one of
#   ${v1.map((one) => one.slice('v1,'.length)).join('\n#   ')}`,
    Node: `const { createHmac } = require('node:crypto');
const key = Buffer.from(
  process.env.WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
const body = ${js(text)};
const want = 'v1,' + createHmac('sha256', key)
  .update(${js(`${id}.${at}.`)} + body).digest('base64');
console.log(${js(signature)}.split(' ').includes(want) ? 'good' : 'BAD');`,
    PHP: `<?php
$key = base64_decode(preg_replace('/^whsec_/', '',
  getenv('WEBHOOK_SECRET')));
$body = base64_decode('${btoa(String.fromCharCode(
    ...new TextEncoder().encode(text)))}');
$want = 'v1,' . base64_encode(
  hash_hmac('sha256', '${id}.${at}.' . $body, $key, true));
echo in_array($want, explode(' ', '${signature}')) ? "good\\n" : "BAD\\n";`,
    Python: `import base64, hashlib, hmac, os
key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
body = ${js(text)}.encode()
mac = hmac.new(key, ${js(`${id}.${at}.`)}.encode() + body, hashlib.sha256)
want = "v1," + base64.b64encode(mac.digest()).decode()
print("good" if want in ${js(signature)}.split() else "BAD")`,
    ...(/(^| )v1a,/.test(signature) && { 'Node, ed25519':
      ed25519(`${id}.${at}.`, text, signature) }),
  };
}
