// Apache 2.4 in a private directory, with a file of conf/web inside. Started by
// root it must run as another user, so the state directory becomes that one's.
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync,
  writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const MODULES = process.env.APACHE_MODULES ?? '/usr/lib/apache2/modules';
const LOADED = { 'apache-fcgid': ['fcgid'], 'apache-cgi': ['cgid'],
  'apache-proxy': ['proxy', 'proxy_fcgi'], 'apache-htaccess': ['fcgid'] };
const ALWAYS = ['mpm_event', 'authz_core', 'mime', 'dir', 'alias', 'env',
  'setenvif', 'rewrite', 'headers'];
const asRoot = process.getuid() === 0;

// The user Apache's own processes and programs run as.
export function apacheUser() {
  if (!asRoot) return undefined;
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === 'www-data' || name === 'nobody')
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('no user www-data or nobody');
}

export function apacheOwns(...dirs) {
  const user = apacheUser();
  if (user) for (const dir of dirs) chownSync(dir, user.uid, user.gid);
}

// A copy of a file or folder that every user can reach if he can reach `dir`:
// the source may lie in root's home.
export function copyInto(dir, path) {
  const copy = join(dir, basename(path));
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  cpSync(path, copy, { recursive: true });
  return copy;
}

// Writes the whole configuration; `body` is the part from conf/web.
export function writeApacheConf({ dir, port, server, body }) {
  const user = apacheUser();
  const conf = join(dir, 'apache.conf');
  const fcgid = join(dir, 'fcgid');
  mkdirSync(fcgid, { recursive: true });
  chmodSync(dir, 0o755);
  apacheOwns(fcgid);
  const modules = [...ALWAYS, ...LOADED[server]].map((name) =>
    `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const more = {
    'apache-fcgid': `FcgidIPCDir ${fcgid}\nFcgidProcessTableFile ${dir}/shm`,
    'apache-cgi': `ScriptSock ${dir}/cgisock`,
  };
  more['apache-htaccess'] = more['apache-fcgid'];
  writeFileSync(conf, `ServerRoot "${dir}"
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${dir}/apache.pid
DefaultRuntimeDir ${dir}
Mutex default:${dir}
ErrorLog ${dir}/web.log
LogLevel warn
${user ? `User ${user.name}\nGroup #${user.gid}` : ''}
${modules.join('\n')}
TypesConfig /dev/null
ThreadLimit 64
ServerLimit 2
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 128
MinSpareThreads 32
MaxSpareThreads 128
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot "${dir}/www"
${more[server] ?? ''}
${body}
`);
  mkdirSync(join(dir, 'www'), { recursive: true });
  return conf;
}
