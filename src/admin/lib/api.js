// The public interface, asked with the user's token. The token lives in
// sessionStorage: it ends with the browser session and never enters an
// address.
const KEY = 'webhooks-token';
// The page lies one folder below the service.
const base = new URL('..', document.baseURI);
let onLost = () => {};

export const session = {
  get token() { return sessionStorage.getItem(KEY); },
  start(token) { sessionStorage.setItem(KEY, token); },
  end() { sessionStorage.removeItem(KEY); },
  whenLost(call) { onLost = call; },
};

export class ApiError extends Error {
  constructor(status, errors) {
    super(errors[0]?.message ?? `HTTP ${status}`);
    this.status = status;
    this.errors = errors;
  }

  // {field: message}; what belongs to no field stands under ''.
  get byField() {
    const all = {};
    for (const { message, extensions } of this.errors) {
      const field = extensions?.field ?? '';
      all[field] = all[field] ? `${all[field]} ${message}` : message;
    }
    return all;
  }
}

// Objects are sent as JSON texts, which the query language takes anywhere.
export function queryText(query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    params.set(name, typeof value === 'object' && !Array.isArray(value)
      ? JSON.stringify(value) : String(value));
  }
  // Lists of ids are read as they stand.
  const text = params.toString().replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}

async function errorsOf(answer) {
  try {
    const { errors } = JSON.parse(await answer.text());
    if (Array.isArray(errors)) return errors;
  } catch { /* no JSON: a web server's own page */ }
  return [{ message: `HTTP ${answer.status}` }];
}

async function send(method, path, { query, body, token } = {}) {
  const used = token ?? session.token;
  const headers = { Accept: 'application/json',
    Authorization: `Bearer ${used}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(new URL(path.slice(1) + queryText(query), base), {
      method, headers, cache: 'no-store', credentials: 'omit',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, [{ message: 'unreachable' }]);
  }
  if (answer.ok) return answer;
  const error = new ApiError(answer.status, await errorsOf(answer));
  // Not where someone has signed in anew meanwhile.
  if (answer.status === 401 && used && used === session.token) onLost();
  throw error;
}

async function ask(method, path, options) {
  const answer = await send(method, path, options);
  if (answer.status === 204) return {};
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

export const api = {
  get: (path, query, more) => ask('GET', path, { query, ...more }),
  post: (path, body = {}) => ask('POST', path, { body }),
  patch: (path, body) => ask('PATCH', path, { body }),
  delete: (path, body) => ask('DELETE', path, { body }),
  blob: async (path, query) => (await send('GET', path, { query })).blob(),
};
