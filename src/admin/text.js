// Every word of the page. Another language is another file like this one.
import { number } from './lib/format.js';

const many = (n, one, more) => `${number(n)} ${n === 1 ? one : more}`;

export const t = {
  product: 'Webhooks',
  nav: { label: 'Main', webhooks: 'Webhooks', deliveries: 'Deliveries',
    events: 'Events', collections: 'Collections', tokens: 'Tokens',
    health: 'Health' },
  skip: 'Skip to the content',
  theme: { label: 'Colours', auto: 'Automatic', light: 'Light',
    dark: 'Dark' },
  signOut: 'Sign out',
  loading: 'Loading…',
  cancel: 'Cancel', close: 'Close', save: 'Save', retry: 'Try again',
  copy: 'Copy', copied: 'Copied',
  notCopied: 'The browser does not allow copying here. Select the text by '
    + 'hand.', remove: 'Remove', add: 'Add', edit: 'Edit',
  delete: 'Delete', search: 'Search', all: 'All',
  none: '–', clearFilters: 'Clear filters', moreFilters: 'More filters',
  trail: 'You are here',
  newer: 'Newer', older: 'Older', previous: 'Previous', next: 'Next',
  page: (n) => `Page ${n}`, pages: 'Pages',
  rows: (n) => many(n, 'row', 'rows'),
  chosen: (n) => `${number(n)} selected`, chooseAll: 'Select all rows',
  choose: (name) => `Select ${name}`,
  sortBy: (name) => `Sort by ${name}`,
  actionsColumn: 'Actions', bulk: 'With the selected rows',
  notFound: { title: 'Nothing here', body: 'This address leads to no screen.' },
  leave: { title: 'Leave without saving?',
    body: 'What you changed here is not saved.', action: 'Discard changes' },
  errors: {
    0: 'The service cannot be reached. Is it running?',
    401: 'The token is not valid any more. Sign in again.',
    403: 'This token has no right to do that, or it is not there any more.',
    503: 'The service is busy or its disk is full. Try again in a moment.',
    summary: (n) => `${many(n, 'field needs', 'fields need')} another look:`,
    title: 'That did not work',
  },
  help: {
    title: 'Keyboard shortcuts', open: 'Keyboard shortcuts',
    on: 'Shortcuts are switched on',
    keys: [['/', 'Go to the search field'], ['n', 'New'],
      ['j  k', 'Next row, previous row'], ['Enter', 'Open the row'],
      ['x', 'Select the row'], ['r', 'Redeliver (on a delivery)'],
      ['?', 'This help']],
  },
  signIn: {
    title: 'Sign in', token: 'Access token', action: 'Sign in',
    help: 'The token that ./quickstart run printed, or one made with '
      + 'webhooks-ctl token add. It is kept until this browser session ends, '
      + 'and sent to this service only.',
    wrong: 'This token is not known here.',
    lost: 'Your token is not valid any more. Sign in again.',
    limited: 'This token may not read webhooks. Use an admin or reader token.',
  },
  as: (role) => `Signed in as ${role}`,
  readOnly: 'This token may only read.',
  states: { pending: 'Waiting', leased: 'Sending', delivered: 'Delivered',
    dead: 'Given up', failed: 'Failed', cancelled: 'Cancelled', active: 'Active',
    inactive: 'Inactive' },
  actions: { create: 'create', update: 'update', delete: 'delete' },
  webhooks: {
    title: 'Webhooks', new: 'New webhook', search: 'Search name or address',
    status: 'Status', name: 'Name', method: 'Method', url: 'Address',
    collections: 'Collections', actions: 'Actions', rate: 'Last 24 hours',
    next: 'Next retry', sendingNow: 'now', held: 'held',
    rateText: (part, all) => `${number(part)} of ${number(all)} attempts `
      + 'succeeded',
    quiet: 'no attempts', filterStatus: 'Any status',
    filterAction: 'Any action', filterMethod: 'Any method',
    enable: 'Enable', disable: 'Disable',
    enabled: (n) => `${many(n, 'webhook is', 'webhooks are')} active now.`,
    disabled: (n) => `${many(n, 'webhook is', 'webhooks are')} inactive now. `
      + 'What waits for them is held.',
    switch: (name) => `${name} is active`,
    emptyTitle: 'No webhooks yet',
    emptyBody: 'A webhook calls an address of yours whenever an item is '
      + 'created, updated or deleted.',
    noneTitle: 'No webhook fits', noneBody: 'Other filters may find more.',
    deleteTitle: (n) => `Delete ${many(n, 'webhook', 'webhooks')}?`,
    deleteBody: 'Deliveries that wait for them are cancelled. This cannot be '
      + 'undone.',
    deleted: (n) => `${many(n, 'webhook was', 'webhooks were')} deleted.`,
    reason: (words) => `Set inactive: ${words}`,
    failing: 'Failing since',
    paused: 'Paused until', probing: 'Being tried by one call',
    notReached: (n) => `its receiver could not be reached ${
      many(n, 'time', 'times')} in a row.`,
    more: (n) => `+${n}`,
  },
  form: {
    newTitle: 'New webhook', editTitle: (name) => `Edit ${name}`,
    tabs: { label: 'This webhook', edit: 'Settings', deliveries: 'Deliveries',
      test: 'Test event', secret: 'Secret' },
    name: 'Name', nameHint: 'What you call it; receivers never see it.',
    method: 'Method', url: 'Address (URL)',
    urlHint: 'Absolute, http or https.',
    status: 'Status', data: 'Send event data',
    dataHint: 'Off: the call has no body.',
    headers: 'Request headers', header: 'Header', value: 'Value',
    addHeader: 'Add a header', headersMasked: 'Values of secret-looking '
      + 'headers are shown as ***; leave *** to keep them.',
    removeHeader: (name) => `Remove header ${name || ''}`,
    triggers: 'Triggers', actions: 'Actions', collections: 'Collections',
    collectionsHint: 'Type a name and press Enter.',
    suggestions: 'Add:',
    removeTag: (name) => `Remove ${name}`, addTag: (name) => `Add ${name}`,
    delivery: 'Delivery options',
    timeout: 'Time limit (seconds)', timeoutHint: '1 to 60',
    schedule: 'Wait before each attempt (seconds)',
    scheduleHint: 'A list such as 0, 5, 300; empty: the default, ten attempts '
      + 'over about three days.',
    success: 'Counts as success',
    successHint: 'Statuses or classes such as 2xx, 304; empty: 2xx.',
    concurrency: 'Calls at the same time', concurrencyHint: 'Empty: automatic',
    rate: 'Calls per second', rateHint: 'Empty: no limit',
    ordered: 'Keep the order (one call at a time)',
    hub: 'Add X-Hub-Signature-256', ed25519: 'Sign with ed25519, too',
    cloudevents: 'Add CloudEvents headers', tls: 'Check TLS certificates',
    create: 'Create webhook', saveTest: 'Save and test', saved: 'Saved.',
    duplicate: 'Duplicate', copyOf: (name) => `${name} (copy)`,
    preview: 'What will be sent',
    previewHint: 'The exact request for a sample event, made by the service '
      + 'from the fields beside it. Nothing is sent.',
    previewWait: 'Shown as soon as the required fields are filled in.',
    previewNoBody: 'no body', examples: 'Addresses in use',
    useExample: (name) => `Use “${name}”`,
    notANumber: 'must be a number', notAList: 'must be a list of numbers',
  },
  deliveries: {
    title: 'Deliveries',
    one: 'Delivery',
    time: 'Time', webhook: 'Webhook', event: 'Event', state: 'State',
    status: 'Answer', attempts: 'Attempts', note: 'Next attempt or reason',
    test: 'test', search: 'Message id or number',
    anyState: 'Any state', anyWebhook: 'Webhook name or number', anyEvent: 'Event number',
    collection: 'Collection',
    anyAction: 'Any action', anyAnswer: 'Any answer', anyKind: 'All kinds',
    onlyTests: 'Tests only', noTests: 'No tests', since: 'From', until: 'To',
    noAnswer: 'no answer', live: 'Live',
    arrived: (n) => many(n, 'new delivery', 'new deliveries'),
    redeliver: 'Redeliver', redeliverAll: 'Redeliver all that match',
    export: 'Export', exportAs: (kind) => `Export as ${kind.toUpperCase()}`,
    exportNote: (n) => `At most ${number(n)} rows of the filtered list.`,
    exported: 'The file was made.',
    emptyTitle: 'No deliveries yet',
    emptyBody: 'They appear here as soon as an item changes or a test event '
      + 'is sent.',
    noneTitle: 'No delivery fits', noneBody: 'Other filters may find more.',
    askTitle: (n) => `Redeliver ${many(n, 'delivery', 'deliveries')}?`,
    askBody: (n) => n === 1 ? 'It is sent again with the same id, so that the '
      + 'receiver can know it.'
      : 'Each is sent again with the same id, also those that arrived already.',
    queued: (n) => `${many(n, 'delivery is', 'deliveries are')} on the way `
      + 'again.',
    working: 'Redelivering', progress: (done, all) =>
      `${number(done)} of ${number(all)}`, stop: 'Stop', stopped: 'Stopped.',
    nothing: 'Nothing matches.',
    leave: { title: 'Stop redelivering?', body: 'Those that were not reached '
      + 'yet stay as they are.', action: 'Stop and leave' },
    next: 'next', due: 'due', deleted: (id) => `Webhook ${id}`,
  },
  delivery: {
    title: (id) => `Delivery ${id}`,
    masked: 'Put the real values in place of ***.',
    message: 'Message id', event: 'Event', webhook: 'Webhook',
    created: 'Created', finished: 'Finished', next: 'Next attempt',
    attempts: (n) => many(n, 'attempt', 'attempts'),
    timeline: 'Time line', attempt: (n) => `Attempt ${n}`,
    noAttempts: 'No attempt was made yet.',
    redeliver: 'Redeliver', cancel: 'Cancel delivery',
    cancelTitle: 'Cancel this delivery?',
    cancelBody: 'It will not be tried again unless you redeliver it.',
    cancelled: 'The delivery was cancelled.', requeued: 'On its way again.',
    phases: 'Where the time went',
    phase: { dns: 'Name', connect: 'Connect', tls: 'TLS',
      wait: 'Waiting for the answer', rest: 'Reading' },
    address: 'Address reached', http: 'Protocol', tls: 'TLS',
    request: 'Request', answer: 'Answer', headers: 'Headers', body: 'Body',
    raw: 'Raw', pretty: 'Pretty', noBody: 'No body.', noHeaders: 'No headers.',
    truncated: 'Only the first 16 KiB were kept.', noAnswer: 'No answer came.',
    curl: 'Copy as curl', verify: 'Verify this signature',
    verifyHint: 'Each snippet checks this very message. Put the secret into '
      + 'WEBHOOK_SECRET first; for ed25519 the public key into '
      + 'WEBHOOK_PUBLIC_KEY.',
    test: 'This was a test event.',
    retryAfter: (s) => `The receiver asked to wait (Retry-After): ${s}`,
  },
  outcomes: {
    delivered: 'The receiver took it.',
    answer: (status) => `The receiver answered with status ${status}.`,
    timeout: 'No complete answer came within the time limit.',
    dns: 'The name of the host could not be found.',
    connect: 'No connection could be made.',
    tls: 'No safe (TLS) connection could be made.',
    refused_address: 'The address is not public, so nothing was sent.',
    too_large: 'The answer was too large.',
    protocol: 'What came back was not proper HTTP.',
    aborted: 'The attempt was broken off on our side.',
  },
  advice: {
    timeout: 'Let the receiver answer first and work afterwards, or raise the '
      + 'time limit in the delivery options.',
    dns: 'Check the spelling of the host name, and that it resolves from this '
      + 'machine.',
    connect: 'Check that the receiver is running, the port is right and no '
      + 'firewall stands between.',
    tls: 'Check that the certificate is valid for this name and not expired. '
      + 'For a private certificate, switch off the check in the options.',
    refused_address: 'Allow it with allow_addresses in the settings file if '
      + 'the receiver is meant to be on a private network.',
    too_large: 'Answer with a short body or none.',
    protocol: 'Check that an HTTP server listens on that port, and that http '
      + 'and https are not mixed up.',
    aborted: 'Nothing needs doing: it is tried again at once.',
    401: 'The receiver wants to be told who calls: add an Authorization '
      + 'header.',
    404: 'Nothing is at this path of the receiver. Check the address.',
    405: 'The receiver does not take this method. Try the other one.',
    410: 'The receiver wants no more calls, so the webhook was set inactive.',
    429: 'The receiver wants fewer calls: set a limit per second.',
    '3xx': 'Redirects are not followed. Put the final address into the '
      + 'webhook.',
    '4xx': 'The receiver did not accept the request. Its answer below may say '
      + 'why.',
    '5xx': 'The receiver has trouble of its own. It is tried again later.',
  },
  test: {
    title: 'Test event',
    hint: 'One call is made at once, marked as a test by the header '
      + 'webhook-test and in the log.',
    action: 'Action', collection: 'Collection',
    payload: 'Payload (JSON object)', send: 'Send test event',
    sending: 'Waiting for the answer…', notJson: 'This is not a JSON object.',
    queued: 'No answer yet: the delivery waits in the queue.',
    see: 'See the delivery', sent: 'Delivered.', failed: 'Not delivered.',
  },
  secret: {
    title: 'Secret', hint: 'Receivers check the webhook-signature header with '
      + 'it (Standard Webhooks). Never put it into an address or a log.',
    current: 'Signing secret', reveal: 'Reveal', hide: 'Hide',
    revealTitle: 'Show the secret?', revealBody: 'Whoever sees it can forge '
      + 'calls to your receiver.',
    created: 'Made', previous: 'Previous secret',
    publicKey: 'Public key (ed25519)',
    previousPublic: 'Previous public key',
    previousUntil: 'also signs until', rotate: 'Rotate',
    rotateHint: 'Makes a new secret. For the time of the overlap both sign '
      + 'every call, so that receivers can change over without losing one.',
    rotateTitle: 'Rotate the secret?',
    rotateBody: (words) => `A new secret signs from now on; the present one `
      + `signs, too, ${words}.`,
    overlap: 'Overlap', rotated: 'There is a new secret.',
    overlaps: [[0, 'none', 'no longer'], [3600, '1 hour', 'for 1 hour'],
      [86400, '24 hours', 'for 24 hours'], [259200, '3 days', 'for 3 days'],
      [604800, '7 days', 'for 7 days']],
  },
  events: {
    title: 'Events', time: 'Time', source: 'Source', action: 'Action',
    collection: 'Collection', key: 'Key', deliveries: 'Deliveries',
    details: 'Payload', emptyTitle: 'No events yet',
    emptyBody: 'Every created, updated or deleted item makes one.',
    anySource: 'Any source', anyAction: 'Any action',
    sources: { items: 'items', events: 'application', test: 'test' },
    noneTitle: 'No event fits', title1: (id) => `Event ${id}`,
    accountability: 'Who', unheard: 'No active webhook listened to it.',
    all: (n) => `See all ${number(n)} deliveries`,
  },
  collections: {
    title: 'Collections', new: 'New collection', name: 'Name',
    nameHint: 'Small letters, digits and underscores.',
    fields: 'Fields', field: 'Field', type: 'Type', required: 'Required',
    addField: 'Add a field', removeField: (name) => `Remove field ${name}`,
    fieldsHint: 'The field id is made by itself. No fields: items may have '
      + 'any members.',
    create: 'Create collection', created: 'The collection is there.',
    deleteTitle: (name) => `Delete the collection ${name}?`,
    deleteBody: 'All of its items go with it. This cannot be undone.',
    deleted: 'The collection was deleted.',
    emptyTitle: 'No collections yet', noneTitle: 'No collection fits',
    emptyBody: 'A collection holds items. Every change of an item is an event '
      + 'that webhooks can listen to.',
  },
  items: {
    title: (name) => `Items of ${name}`, new: 'New item',
    edit: (id) => `Item ${id}`, search: 'Search', emptyTitle: 'No items yet',
    emptyBody: 'Create one, and every active webhook of this collection is '
      + 'called.',
    noneTitle: 'No item fits', json: 'Item as JSON',
    create: 'Create item', saved: 'Saved; the webhooks of this collection are '
      + 'being called.', see: 'See deliveries',
    deleteTitle: (n) => `Delete ${many(n, 'item', 'items')}?`,
    deleteBody: 'Webhooks for deleted items are called.',
    deleted: (n) => `${many(n, 'item was', 'items were')} deleted.`,
    notJson: 'must be JSON', notObject: 'This is not a JSON object.',
  },
  tokens: {
    title: 'Tokens', new: 'New token', name: 'Name', role: 'Role',
    collections: 'Collections', expires: 'Expires', created: 'Made',
    used: 'Last used', prefix: 'Begins with', never: 'never',
    nameHint: 'Whom or what it is for.',
    collectionsHint: 'An editor may write items of these only.',
    expiresHint: 'Empty: never.',
    roles: { admin: 'admin – everything', editor: 'editor – items of its '
      + 'collections', reader: 'reader – reads all but secrets and tokens',
    dispatcher: 'dispatcher – sends deliveries' },
    create: 'Make token', madeTitle: 'The token',
    madeBody: 'It is shown this once. Copy it now.',
    revoke: 'Revoke', revokeTitle: (name) => `Revoke the token ${name}?`,
    revokeBody: 'Whoever uses it is locked out at once.',
    revoked: 'The token was revoked.', emptyTitle: 'No tokens',
  },
  health: {
    title: 'Health', good: 'Everything works', 
    noDispatcher: 'No dispatcher is connected: nothing is being sent.',
    late: (words) => `Deliveries have been waiting since ${words}.`,
    held: 'Of them inactive: held', blocked: 'Receivers in trouble',
    blockedText: (n) => `The receivers of ${many(n, 'webhook', 'webhooks')} `
      + 'cannot be reached: one call at a time tries them until they answer.',
    pending: 'Deliveries waiting', dead: 'Given up',
    waiting: 'Webhooks they wait for', oldest: 'Oldest waiting',
    next: 'Next attempt',
    inFlight: 'Being sent now', dispatchers: 'Dispatchers',
    webhooks: 'Webhooks', events: 'Events kept', deliveries: 'Deliveries kept',
    store: 'Store size', version: 'Version', uptime: 'Up for',
    nobody: 'none', nothing: 'nothing waits',
    attempts: 'Attempts per hour', latency: 'Answer times per hour',
    delivered: 'delivered', failed: 'failed', p50: 'median', p95: '95th percentile',
    hour: 'Hour', table: 'As a table', last24: 'The last 24 hours',
    quiet: 'No attempts in the last 24 hours.',
    uptimeText: (s) => s < 3600 ? `${Math.floor(s / 60)} min`
      : s < 172800 ? `${Math.floor(s / 3600)} h`
        : `${Math.floor(s / 86400)} days`,
  },
};

// What failed, by the field it belongs to; '' is the whole form.
export const errorsOf = (error) =>
  error.byField ?? { '': failureWords(error) };

export function failureWords(error) {
  return t.errors[error.status] && [0, 401, 503].includes(error.status)
    ? t.errors[error.status]
    : error.status === 403 ? t.errors[403] : error.message;
}
