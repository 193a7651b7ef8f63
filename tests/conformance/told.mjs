// The cases of contract/: a request on one line, what it is to be told on the
// next, which begins with a tab.
//
//   @public @editor @Header=value  before the method: another caller (the
//                                  administrator else), a header; ~ is a blank
//   METHOD /path?query BODY        signs that no client sends bare are encoded
//   <tab>STATUS what               errors as CODE and message, other members
//                                  of the extensions after it; JSON as it is,
//                                  other types with their name, as a string
//   # ...                          the sentence of the contract that follows
const encoded = (query) =>
  query?.replace(/["{}<>\\|^`]|[^\x00-\x7f]+/g, encodeURIComponent);

export function requestOf(line, { token, editor }) {
  const what = { headers: {}, token };
  const words = /^((?:@\S+ )*)(\S+) ([^ ?]+)(?:\?(\S*))?(?: (.*))?$/s.exec(line);
  if (!words) throw new Error(`no request: ${line}`);
  for (const word of words[1].split(' ').filter(Boolean)) {
    const [, name, value] = /^@([^=]+)(?:=(.*))?$/.exec(word);
    if (name === 'public') what.token = undefined;
    else if (name === 'editor') what.token = editor;
    else what.headers[name] = value.replaceAll('~', ' ')
      .replace('TOKEN', token);
  }
  if (what.headers.Authorization) what.token = undefined;
  [, , what.method, what.path, what.query, what.body] = words;
  what.query = encoded(what.query);
  if (what.body !== undefined) what.headers['Content-Type'] ??= 'application/json';
  return what;
}

function errorTold({ message, extensions: { code, ...more } }) {
  const rest = Object.keys(more).length > 0 ? ' ' + JSON.stringify(more) : '';
  return `${code} ${message}${rest}`;
}

export function told({ status, headers, text, json }) {
  const type = headers['content-type'] ?? '';
  if (text === '') return [status, type.replace(/;.*/, '')].join(' ').trim();
  if (json?.errors) return `${status} ${json.errors.map(errorTold).join(' | ')}`;
  if (json && !text.includes('\n')) return `${status} ${text}`;
  return `${status} ${type.replace(/;.*/, '')} ${JSON.stringify(text)}`;
}
