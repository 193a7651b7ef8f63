// The real thing in a private directory: web server, responder, dispatcher,
// configured by the shipped examples of conf/web. Everything is stopped by
// process id; a log line at warning or above that no test announced makes
// stop() fail.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, cpSync, existsSync, fchownSync,
  mkdirSync, readdirSync, openSync, readFileSync,
  writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apacheOwns, apacheUser, copyInto, writeApacheConf }
  from './apache.mjs';
import { Clock } from './clock.mjs';
import { fcgiRequest } from './fcgi.mjs';
import { send } from './http.mjs';
import { BUILD, SRC, freePort, privateDir, removeDir, until }
  from './util.mjs';
import { SLOWER, underValgrind, valgrindFindings } from './valgrind.mjs';

const PROGRAM = join(BUILD, 'cgi-bin/webhooks.fcgi');
const DISPATCH = join(BUILD, 'webhooks-dispatch');
export const CTL = join(BUILD, 'webhooks-ctl');
export const BUILD_PROGRAMS = { responder: PROGRAM, dispatch: DISPATCH, ctl: CTL };
const env = { ...process.env,
  PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };

export const EDITOR = { user: '0b1e7f6a-5a3c-4f0e-9d57-0d9a4f6f2a11',
  role_id: '6c1d2f1e-8f43-4f0b-8a55-2f6f0e7c9b22' };

export const ARTICLES = { collection: 'articles', fields: [
  { field: 'id', type: 'integer',
    schema: { is_primary_key: true, has_auto_increment: true } },
  { field: 'title', type: 'string', schema: { is_nullable: false },
    meta: { required: true } },
  { field: 'body', type: 'text' },
  { field: 'views', type: 'integer', schema: { default_value: 0 } },
] };
export const AUTHORS = { collection: 'authors', fields: [
  { field: 'id', type: 'integer',
    schema: { is_primary_key: true, has_auto_increment: true } },
  { field: 'name', type: 'string' },
] };

// Is the program installed?
export const has = (program) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { env }).status === 0;

// A state letter of Z: ended, but nobody has waited for it yet.
export function isAlive(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signal(pid, name) {
  try { process.kill(pid, name); } catch { /* gone already */ }
}

export async function endPids(pids, limitMs = 5000) {
  for (const pid of pids) signal(pid, 'SIGTERM');
  try {
    await until('the end of processes', () => !pids.some(isAlive),
      SLOWER * limitMs);
  } catch (error) {
    const left = pids.filter(isAlive);
    for (const pid of left) signal(pid, 'SIGKILL');
    throw new Error(`${error.message}: ${left} did not end on SIGTERM`);
  }
}

// Lines hold 198 bytes; a long value goes on in an indented line.
const iniLine = (key, value) =>
  `${key} = ${String(value).replace(/.{150}(?=.)/g, '$&\n  ')}\n`;

export function iniText(conf) {
  return Object.entries(conf).map(([section, keys]) => `[${section}]\n` +
    Object.entries(keys).map(([k, v]) => iniLine(k, v)).join('')).join('');
}

export class Stack {
  // options: server 'lighttpd' | 'lighttpd-cgi' | 'nginx' | 'apache-fcgid' |
  // 'apache-proxy' | 'apache-cgi' | 'apache-htaccess' | 'none', procs (how many
  // the web server starts), edit (changes its settings), dispatch, collections,
  // editor (a second user), conf (more settings), state (an existing one),
  // dir (kept by the caller), program (another responder), empty (one that
  // has no store: nothing is set up), clock (its time can be moved), shares (another Stack: this is one more
  // web server for its store), asApache (everything runs as Apache's user)
  constructor(options = {}) {
    const { shares } = options;
    if (shares) options = { state: shares.state, asApache: true, ...options };
    this.options = { server: 'lighttpd', dispatch: true, editor: false,
      collections: [ARTICLES, AUTHORS], conf: {}, ...options };
    this.expected = [];
    this.pids = {};
  }

  async start() {
    this.ownDir = !this.options.dir;
    this.dir = this.options.dir ?? privateDir();
    this.state = this.options.state ?? join(this.dir, 'state');
    mkdirSync(this.state, { recursive: true, mode: 0o700 });
    if (this.user()) apacheOwns(this.state, this.dir);
    this.program = this.options.program ?? this.placed(PROGRAM);
    this.dispatchProgram = this.placed(DISPATCH);
    this.port = await freePort();
    this.base = `http://127.0.0.1:${this.port}`;
    this.confFile = this.options.shares?.confFile ??
      join(this.dir, 'webhooks.conf');
    this.socket = join(this.dir, 'web.sock');
    this.ownerSocket = join(this.state, 'owner.sock');
    if (this.options.clock) {
      this.clock = new Clock(this.dir);
      this.expectLog(/ debug_clock /);
    }
    if (!this.options.shares) this.writeConf();
    try {
      this.startServer();
      await this.isUp();
      if (this.options.empty) return this;
      if (this.options.shares) {
        this.token = this.options.shares.token;
        return this;
      }
      await this.seed();
      if (this.options.dispatch) await this.startDispatcher();
    } catch (error) {
      await this.end().catch(() => {});
      error.message += '\n' + this.log();
      throw error;
    }
    return this;
  }

  writeConf() {
    const conf = { store: { state_dir: this.state,
      owner_program: this.program },
      public: { read: 'authors' },
      dispatch: { allow_private: 'yes', program: this.dispatchProgram } };
    if (process.env.SEALED) conf.store.secret_key_file = process.env.SEALED;
    if (this.clock) conf.debug = { clock: this.clock.file };
    for (const [section, keys] of Object.entries(this.options.conf))
      conf[section] = { ...conf[section], ...keys };
    writeFileSync(this.confFile, iniText(conf));
  }

  // The program, where the user can reach it who is to run it.
  placed(program) {
    const there = this.user() ? copyInto(join(this.dir, 'bin'), program)
      : program;
    return underValgrind(this.dir, there);
  }

  isApache() { return this.options.server.startsWith('apache'); }
  isCgi() { return this.options.server.endsWith('-cgi'); }

  fill(name) {
    const admin = join(SRC, 'src/admin');
    const places = { CONF: this.confFile,
      PROGRAM: this.program, SOCKET: this.socket, RUN: this.dir,
      LISTEN: `127.0.0.1:${this.port}`,
      ADMIN: this.user() ? copyInto(this.dir, admin) : admin };
    const text = readFileSync(join(SRC, 'conf/web', name), 'utf8')
      .replace(/@([A-Z]+)@/g, (whole, place) => places[place] ?? whole)
      .replace(/("max-procs" => |MaxProcessesPerClass )\d+/, (whole, word) =>
        this.options.procs ? word + this.options.procs : whole);
    return this.options.edit?.(text) ?? text;
  }

  launch(name, program, args, user = {}) {
    const log = openSync(join(this.dir, name + '.log'), 'a');
    if (user.uid) fchownSync(log, user.uid, user.gid);
    const child = spawn(program, args,
      { stdio: ['ignore', log, log], env, cwd: this.dir, ...user });
    closeSync(log);
    child.on('error', () => {});
    this.pids[name] = child.pid;
    return child;
  }

  startServer() {
    const { server } = this.options;
    if (server === 'nginx' || server === 'apache-proxy' || server === 'none')
      this.startResponder();
    if (server.startsWith('lighttpd')) this.startLighttpd();
    else if (server === 'nginx') this.startNginx();
    else if (this.isApache()) this.startApache();
  }

  startResponder() {
    return this.launch('responder', this.program,
      ['-c', this.confFile, '--listen', this.socket], this.user());
  }

  // Whom everything runs as that uses the state directory.
  user() {
    const user = this.isApache() || this.options.asApache
      ? apacheUser() : undefined;
    return user && { uid: user.uid, gid: user.gid };
  }

  startApache() {
    const { server } = this.options;
    const body = server === 'apache-htaccess'
      ? this.htaccess() : this.fill(server + '.conf.in');
    const conf = writeApacheConf({ dir: this.dir, port: this.port, server,
      body });
    this.launch('web', 'apache2', ['-D', 'FOREGROUND', '-f', conf]);
  }

  // As on a shared host: the program and .htaccess in a folder of documents.
  htaccess() {
    const www = join(this.dir, 'www');
    mkdirSync(www, { recursive: true });
    copyFileSync(this.program, join(www, 'webhooks.fcgi'));
    copyFileSync(join(SRC, 'conf/web/htaccess'), join(www, '.htaccess'));
    cpSync(join(SRC, 'src/admin'), join(www, 'admin'), { recursive: true });
    return `<Directory "${www}">\nRequire all granted\nAllowOverride All
</Directory>\nFcgidInitialEnv WEBHOOKS_CONF ${this.confFile}
AllowEncodedSlashes NoDecode\n`;
  }

  startLighttpd() {
    const conf = join(this.dir, 'lighttpd.conf');
    writeFileSync(conf, `server.document-root = "${this.dir}"
server.bind = "127.0.0.1"
server.port = ${this.port}
server.errorlog = "${this.dir}/web.log"
server.breakagelog = "${this.dir}/responder.log"
server.upload-dirs = ( "${this.dir}" )
server.max-keep-alive-requests = 100000000
${this.fill(this.options.server + '.conf.in')}`);
    this.launch('web', 'lighttpd', ['-D', '-f', conf], this.user());
  }

  startNginx() {
    const conf = join(this.dir, 'nginx.conf');
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${this.dir}/nginx-${kind};`);
    const user = process.getuid() === 0 ? 'user root;' : '';
    writeFileSync(conf, `${user} daemon off; worker_processes 1;
pid ${this.dir}/nginx.pid; error_log ${this.dir}/web.log warn;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; ${paths.join('\n')}
${this.fill('nginx.conf.in')} }`);
    this.launch('web', 'nginx', ['-e', join(this.dir, 'web.log'),
      '-p', this.dir, '-c', conf]);
  }

  isUp(limitMs = 10000) {
    return until('GET /server/ping', async () => {
      const answer = this.options.server === 'none'
        ? await fcgiRequest(this.socket, { path: '/server/ping' }, 1000)
        : await send(this.base, { path: '/server/ping', limitMs: 1000 });
      return answer.status === 200 &&
        (answer.text === 'pong' || this.options.empty);
    }, SLOWER * limitMs);
  }

  // As the machine's own administrator, through owner.sock.
  owner(method, path, body) {
    const what = { method, path };
    if (body !== undefined) {
      what.headers = { 'Content-Type': 'application/json' };
      what.body = JSON.stringify(body);
    }
    return fcgiRequest(this.ownerSocket, what);
  }

  async makeToken(fields) {
    const answer = await this.owner('POST', '/tokens', fields);
    if (answer.status !== 200)
      throw new Error(`POST /tokens: ${answer.status} ${answer.text}`);
    return answer.json.data.token;
  }

  async seed() {
    // Between two requests nobody owns the store of a plain CGI program.
    if (this.isCgi()) this.ctl('token', 'list');
    this.token = await this.makeToken({ name: 'admin', role: 'admin' });
    if (this.options.editor)
      this.editorToken = await this.makeToken({ name: 'editor',
        role: 'editor', collections: ['articles'], ...EDITOR });
    for (const one of this.options.collections) {
      const answer = await this.owner('POST', '/collections', one);
      if (answer.status !== 200)
        throw new Error(`POST /collections: ${answer.status} ${answer.text}`);
    }
  }

  launchDispatcher() {
    this.launch('dispatch', this.dispatchProgram, ['-c', this.confFile]);
  }

  async startDispatcher() {
    this.launchDispatcher();
    await this.dispatcherIsThere();
  }

  // Connected: from now on a commit wakes it.
  dispatcherIsThere() {
    return until('the dispatcher\'s session', async () => {
      const answer = await this.owner('GET', '/metrics');
      return /^webhooks_dispatchers?(_connected)? 1$/m.test(answer.text);
    }, SLOWER * 5000);
  }

  // As the admin, through the web server.
  async ask(method, path, body, more = {}) {
    const what = { method, path, token: this.token, ...more };
    if (body !== undefined) what.body = body;
    if (this.options.server !== 'none') return send(this.base, what);
    const headers = { Authorization: `Bearer ${what.token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
    return fcgiRequest(this.socket, { method, path, query: what.query, headers,
      body: body === undefined ? undefined : JSON.stringify(body) });
  }

  // The same, and it has to succeed.
  async must(method, path, body, more) {
    const answer = await this.ask(method, path, body, more);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json?.data;
  }

  webhook(fields) {
    return this.must('POST', '/webhooks', { name: 'test', method: 'POST',
      actions: ['create', 'update', 'delete'], collections: ['articles'],
      ...fields });
  }

  // Who holds the store's lock; undefined when nobody does.
  ownerPid() {
    const file = join(this.state, 'owner.lock');
    const pid = existsSync(file) && Number(readFileSync(file, 'utf8'));
    return pid && isAlive(pid) ? pid : undefined;
  }

  // Everything of ours that runs for this store, whoever started it.
  programs(pattern = /webhooks/) {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      .map(Number).filter((pid) => this.isProgram(pid, pattern));
  }

  isProgram(pid, pattern) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!pattern.test(words.join(' '))) return false;
      const known = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return isAlive(pid) && (words.includes(this.confFile) ||
        known.split('\0').includes('WEBHOOKS_CONF=' + this.confFile));
    } catch {
      return false; // ended meanwhile
    }
  }

  killOwner() {
    const pid = this.ownerPid();
    if (pid) signal(pid, 'SIGKILL');
    return pid;
  }

  killDispatcher() { signal(this.pids.dispatch, 'SIGKILL'); }

  stopDispatcher() { return endPids([this.pids.dispatch]); }

  ctl(...args) {
    return execFileSync(CTL, ['-c', this.confFile, ...args],
      { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  // Lines that match are announced: they do not fail the test.
  expectLog(pattern) { this.expected.push(pattern); }

  log() {
    return ['responder', 'dispatch', 'web'].map((name) => {
      const file = join(this.dir, name + '.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    }).join('');
  }

  // A child that crashed only shows in the web server's own words.
  unexpectedLog() {
    const bad = this.log().split('\n').filter((line) =>
      (/^\S+ (error|warning) /.test(line) ||
        /Sanitizer|runtime error|Assertion|out of memory/.test(line) ||
        /(signalled:|died with signal) (?!9\b|15\b)\d/.test(line)) &&
      !this.expected.some((pattern) => pattern.test(line)));
    return [...valgrindFindings(this.dir), ...bad];
  }

  // Whatever does not end: everything is ended before that is told.
  async end() {
    const failed = [];
    const endAll = (pids) => endPids(pids).catch((error) => failed.push(error));
    // First those that have something to report.
    await endAll(this.pids.dispatch ? [this.pids.dispatch] : []);
    if (!this.options.shares) await endAll(this.programs(/webhooks-dispatch/));
    const pids = [];
    if (this.pids.web) pids.push(this.pids.web, ...childrenOf(this.pids.web));
    if (this.pids.responder) pids.push(this.pids.responder);
    await endAll(pids);
    // What was started on demand; of a shared store the first one ends all.
    if (!this.options.shares) await endAll(this.programs());
    if (failed.length > 0) throw failed[0];
  }

  async stop() {
    try {
      await this.end();
      const lines = this.unexpectedLog();
      if (lines.length > 0)
        throw new Error('unexpected log lines:\n' +
          lines.slice(0, 10).join('\n'));
    } finally {
      this.clock?.close();
      if (this.ownDir && !process.env.KEEP) removeDir(this.dir);
    }
  }
}

export const startStack = (options) => new Stack(options).start();
