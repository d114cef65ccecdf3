/**
 * The guest's side of the sandbox, evaluated once per instance, before its memory is imaged: the globals that user code finds,
 * and the functions through which the host starts a call and fires timers. It closes over everything that it needs, so that user
 * code that replaces `JSON` or `Map.prototype` spoils only its own run.
 *
 * `host` is: settle(kind, text, stack), log(level, text), url(operation, first, second), uuid(), fetch(method, url, headers, body, has).
 * It takes primitive strings only and answers undefined when it fails itself.
 */
export const prelude = String.raw`(function (host) {
'use strict';
const { parse, stringify } = JSON;
const EngineError = InternalError;
const slice = Function.prototype.call.bind(String.prototype.slice);
const microtask = queueMicrotask;
const apply = Reflect.apply;
const text = String;
const define = Object.defineProperty;
const global = globalThis;
const hide = (name, value) => define(global, name, { value, writable: true, configurable: true, enumerable: false });
for (const name of ['SharedArrayBuffer', 'Atomics']) delete global[name];

// --- how a call ends -------------------------------------------------------------------------------------------------------
let settled = false;
/** Whatever user code made of the value: a primitive string. */
function cut(value, length) {
  const whole = '' + value;
  return whole.length > length ? slice(whole, 0, length) + '…' : whole;
}
function settle(kind, value, stack) {
  if (settled) return;
  settled = true;
  host.settle(kind, value, stack);
}
function fail(error) {
  try {
    if (error instanceof EngineError && error.message === 'out of memory') return settle('MEMORY', '', cut(error.stack, 4000));
  } catch { return settle('MEMORY', '', ''); }
  let message = 'The code threw something that cannot be shown.';
  let stack = '';
  try {
    if (error !== null && typeof error === 'object' && 'message' in error) {
      const name = text(error.name ?? 'Error');
      message = cut(name + ': ' + text(error.message), 2000);
      stack = cut(error.stack ?? '', 4000);
    } else message = cut('Thrown: ' + show(error, 0, []), 2000);
  } catch {}
  settle('UNCAUGHT', message, stack);
}
function finish(output) {
  let result;
  try {
    result = stringify(output);
  } catch (error) {
    if (error instanceof EngineError) return fail(error);
    return settle('OUTPUT_NOT_JSON', 'The output cannot be written as JSON: ' + cut(text(error.message), 500), '');
  }
  settle('OUTPUT', result === undefined ? 'null' : result, '');
}

// --- timers: a list here, one wake-up there ------------------------------------------------------------------------------------
const timers = new Map();
const remove = timers.delete.bind(timers), has = timers.has.bind(timers), put = timers.set.bind(timers);
const each = timers.forEach.bind(timers);
const now = Date.now;
let lastTimer = 0;
function add(handler, delay, args, every) {
  if (typeof handler !== 'function') throw new TypeError('The first argument of a timer is a function.');
  if (timers.size >= 1000) throw new RangeError('At most 1000 timers may wait at a time.');
  const ms = Math.max(every ? 1 : 0, Number(delay) || 0);
  put(++lastTimer, { handler, args, ms, at: now() + ms, every });
  return lastTimer;
}
hide('setTimeout', function setTimeout(handler, delay, ...args) { return add(handler, delay, args, false); });
hide('setInterval', function setInterval(handler, delay, ...args) { return add(handler, delay, args, true); });
hide('clearTimeout', function clearTimeout(id) { remove(id); });
hide('clearInterval', function clearInterval(id) { remove(id); });
hide('queueMicrotask', function queueMicrotask(handler) {
  if (typeof handler !== 'function') throw new TypeError('queueMicrotask takes a function.');
  microtask(() => { try { handler(); } catch (error) { fail(error); } });
});
/** Milliseconds until the next timer is due; -1 when none waits. */
function wait() {
  let next = -1;
  each((timer) => { if (next === -1 || timer.at < next) next = timer.at; });
  return next === -1 ? -1 : Math.max(0, next - now());
}
/** Fires the timer that has been due longest, one at a time so that microtasks run in between. */
function fire() {
  let due = 0, at = now();
  each((timer, id) => { if (timer.at < at || (timer.at === at && due === 0)) { due = id; at = timer.at; } });
  if (due === 0) return;
  let timer;
  each((value, id) => { if (id === due) timer = value; });
  if (timer.every) timer.at = now() + timer.ms; else remove(due);
  try { apply(timer.handler, undefined, timer.args); } catch (error) { fail(error); }
}

// --- console -----------------------------------------------------------------------------------------------------------------
function show(value, depth, seen) {
  switch (typeof value) {
    case 'string': return depth === 0 ? value : stringify(value);
    case 'bigint': return text(value) + 'n';
    case 'symbol': return value.toString();
    case 'function': return '[Function ' + (value.name || 'anonymous') + ']';
    case 'object': break;
    default: return text(value);
  }
  if (value === null) return 'null';
  if (seen.includes(value)) return '[Circular]';
  if (value instanceof Error) return cut(text(value.name) + ': ' + text(value.message) + '\n' + text(value.stack), 4000).trimEnd();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return text(value);
  if (value instanceof URL || value instanceof URLSearchParams) return text(value);
  if (depth > 4) return Array.isArray(value) ? '[Array]' : '[Object]';
  const inner = [...seen, value];
  const list = (items) => (items.length > 100 ? [...items.slice(0, 100), '… ' + (items.length - 100) + ' more'] : items);
  const show1 = (item) => show(item, depth + 1, inner);
  if (Array.isArray(value)) return '[' + list(value.slice(0, 101).map(show1).concat(value.length > 101 ? new Array(value.length - 101) : [])).join(', ') + ']';
  if (value instanceof Map) return 'Map(' + value.size + ') {' + list([...value].map(([key, item]) => show1(key) + ' => ' + show1(item))).join(', ') + '}';
  if (value instanceof Set) return 'Set(' + value.size + ') {' + list([...value].map(show1)).join(', ') + '}';
  if (value instanceof Promise) return 'Promise {}';
  const name = value.constructor && value.constructor !== Object && value.constructor.name;
  return (name ? name + ' ' : '') + '{' + list(Object.keys(value).map((key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : stringify(key)) + ': ' + show1(value[key]))).join(', ') + '}';
}
function format(args) {
  let first = '';
  if (typeof args[0] === 'string' && args.length > 1 && args[0].includes('%')) {
    let next = 1;
    first = args[0].replace(/%([sdifjoOc%])/g, (whole, kind) => {
      if (kind === '%') return '%';
      if (next >= args.length) return whole;
      const value = args[next++];
      if (kind === 'c') return '';
      if (kind === 's') return show(value, 0, []);
      if (kind === 'd') return text(Number(value));
      if (kind === 'i') return text(parseInt(value, 10));
      if (kind === 'f') return text(parseFloat(value));
      return kind === 'j' ? text(stringify(value)) : show(value, 1, []);
    });
    args = args.slice(next);
    if (args.length === 0) return first;
    first += ' ';
  }
  return first + args.map((value) => show(value, 0, [])).join(' ');
}
let indent = '';
let printing = true;
function print(level, args) {
  if (!printing) return;
  let line;
  try {
    line = format(args);
    line = cut(indent === '' ? line : indent + line.replace(/\n/g, '\n' + indent), 16000);
  } catch { line = '[a value that cannot be shown]'; }
  printing = host.log(level, line);
}
const console = {
  debug: (...args) => print('DEBUG', args),
  trace: (...args) => print('DEBUG', args),
  log: (...args) => print('INFO', args),
  info: (...args) => print('INFO', args),
  dir: (value) => print('INFO', [value]),
  table: (value) => print('INFO', [value]),
  warn: (...args) => print('WARN', args),
  error: (...args) => print('ERROR', args),
  assert: (condition, ...args) => { if (!condition) print('ERROR', ['Assertion failed' + (args.length > 0 ? ':' : ''), ...args]); },
  group: (...args) => { if (args.length > 0) print('INFO', args); indent = (indent + '  ').slice(0, 40); },
  groupEnd: () => { indent = indent.slice(2); },
};
hide('console', console);

// --- URL: parsed by the host's implementation of the standard --------------------------------------------------------------------
function url(operation, first, second) {
  first = '' + first;
  second = '' + second;
  if (first.length + second.length > 100000) throw new RangeError('A URL holds at most 100000 characters.');
  const answer = host.url(operation, first, second);
  if (answer === undefined) throw new EngineError('The URL could not be read.');
  return answer;
}
const pairs = (query) => parse(url('pairs', query, ''));
class URLSearchParams {
  #list = [];
  #changed = null;
  constructor(init = '') {
    if (init !== null && typeof init === 'object') {
      const entries = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
      this.#list = entries.map((entry) => { const [name, value] = entry; return [text(name), text(value)]; });
    } else this.#list = pairs(text(init).replace(/^\?/, ''));
  }
  static follow(params, changed) { params.#changed = changed; }
  static reset(params, query) { params.#list = pairs(query); }
  #touch() { if (this.#changed !== null) this.#changed(this.toString()); }
  get size() { return this.#list.length; }
  append(name, value) { this.#list.push([text(name), text(value)]); this.#touch(); }
  delete(name, value) { this.#list = this.#list.filter(([n, v]) => n !== text(name) || (value !== undefined && v !== text(value))); this.#touch(); }
  get(name) { const found = this.#list.find(([n]) => n === text(name)); return found === undefined ? null : found[1]; }
  getAll(name) { return this.#list.filter(([n]) => n === text(name)).map(([, v]) => v); }
  has(name, value) { return this.#list.some(([n, v]) => n === text(name) && (value === undefined || v === text(value))); }
  set(name, value) {
    const at = this.#list.findIndex(([n]) => n === text(name));
    if (at === -1) this.#list.push([text(name), text(value)]);
    else this.#list = this.#list.filter(([n], i) => i <= at || n !== text(name)).map((pair, i) => (i === at ? [pair[0], text(value)] : pair));
    this.#touch();
  }
  sort() { this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#touch(); }
  forEach(each, self) { for (const [name, value] of this.#list) each.call(self, value, name, this); }
  *entries() { for (const pair of this.#list) yield [...pair]; }
  *keys() { for (const [name] of this.#list) yield name; }
  *values() { for (const [, value] of this.#list) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return url('query', stringify(this.#list), ''); }
}
const { follow, reset } = URLSearchParams;
delete URLSearchParams.follow;
delete URLSearchParams.reset;
class URL {
  #parts;
  #params = null;
  constructor(href, base) {
    const parts = url('parse', text(href), base === undefined ? '' : text(base));
    if (parts === '') { const error = new TypeError('Invalid URL'); error.code = 'ERR_INVALID_URL'; error.input = text(href); throw error; }
    this.#parts = parse(parts);
  }
  static canParse(href, base) { return url('parse', text(href), base === undefined ? '' : text(base)) !== ''; }
  static parse(href, base) { return URL.canParse(href, base) ? new URL(href, base) : null; }
  static part(name) {
    return {
      configurable: true, enumerable: true,
      get() { return this.#parts[name]; },
      set(value) {
        const parts = url(name, this.#parts.href, text(value));
        if (parts === '') throw new TypeError('Invalid URL');
        this.#parts = parse(parts);
        if (this.#params !== null) reset(this.#params, this.#parts.search.slice(1));
      },
    };
  }
  get origin() { return this.#parts.origin; }
  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams(this.#parts.search);
      follow(this.#params, (query) => { this.#parts = parse(url('search', this.#parts.href, query)); });
    }
    return this.#params;
  }
  toString() { return this.#parts.href; }
  toJSON() { return this.#parts.href; }
}
for (const name of ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) define(URL.prototype, name, URL.part(name));
delete URL.part;
hide('URL', URL);
hide('URLSearchParams', URLSearchParams);

// --- fetch: the host calls, with its own limits -------------------------------------------------------------------------------------
const called = new Map();
const takeCall = called.delete.bind(called), putCall = called.set.bind(called), getCall = called.get.bind(called);
const NewPromise = Promise, Bytes = Uint8Array, encode = TextEncoder.prototype.encode, decode = TextDecoder.prototype.decode;
const charCode = Function.prototype.call.bind(String.prototype.charCodeAt);
const lower = Function.prototype.call.bind(String.prototype.toLowerCase);
function bytesOf(base64) {
  const sextets = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const places = new Bytes(128);
  for (let i = 0; i < 64; i++) places[charCode(sextets, i)] = i;
  const bytes = new Bytes(Math.floor(base64.length * 3 / 4));
  let bits = 0, held = 0, at = 0;
  for (let i = 0; i < base64.length; i++) {
    held = ((held << 6) | places[charCode(base64, i)]) & 0xffffff;
    bits += 6;
    if (bits >= 8) { bits -= 8; bytes[at++] = (held >> bits) & 255; }
  }
  return bytes;
}
class Headers {
  #list = [];
  constructor(init) {
    if (init === undefined || init === null) return;
    const entries = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
    for (const entry of entries) { const [name, value] = entry; this.append(name, value); }
  }
  append(name, value) {
    const key = lower('' + name), given = '' + value, at = this.#list.findIndex(([known]) => known === key);
    if (at === -1) this.#list.push([key, given]);
    else this.#list[at][1] += ', ' + given;
  }
  set(name, value) { this.delete(name); this.append(name, value); }
  delete(name) { const key = lower('' + name); this.#list = this.#list.filter(([known]) => known !== key); }
  get(name) { const key = lower('' + name), found = this.#list.find(([known]) => known === key); return found === undefined ? null : found[1]; }
  has(name) { return this.get(name) !== null; }
  forEach(each, self) { for (const [name, value] of this.#list) each.call(self, value, name, this); }
  *entries() { for (const pair of this.#list) yield [...pair]; }
  *keys() { for (const [name] of this.#list) yield name; }
  *values() { for (const [, value] of this.#list) yield value; }
  [Symbol.iterator]() { return this.entries(); }
}
class Response {
  #body; #binary;
  constructor(head, body) {
    this.#body = body; this.#binary = head.binary;
    this.status = head.status; this.ok = head.status >= 200 && head.status <= 299; this.url = head.url; this.headers = new Headers(head.headers);
  }
  async text() { return this.#binary ? apply(decode, new TextDecoder(), [bytesOf(this.#body)]) : this.#body; }
  async json() { return parse(await this.text()); }
  async bytes() { return this.#binary ? bytesOf(this.#body) : apply(encode, new TextEncoder(), [this.#body]); }
  async arrayBuffer() { const bytes = await this.bytes(); return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength); }
}
const make = (head, body) => new Response(head, body);
hide('Headers', Headers);
hide('fetch', async function fetch(resource, init) {
  const { method = 'GET', headers, body } = init ?? {};
  const list = new Headers(headers);
  if (body instanceof URLSearchParams && !list.has('content-type')) list.set('content-type', 'application/x-www-form-urlencoded');
  if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof URLSearchParams)) throw new TypeError('The body of a call is a text or URLSearchParams.');
  const parts = ['' + method, '' + resource, stringify([...list]), body === undefined || body === null ? '' : '' + body, body === undefined || body === null ? 'no' : 'yes'];
  const id = host.fetch(parts[0], parts[1], parts[2], parts[3], parts[4]);
  if (id === -1) throw new TypeError('The code made as many calls as one run of it may make.');
  if (id === -2) throw new TypeError('As many calls are under way as may be at a time.');
  if (id === -3) throw new TypeError('The call is too large to be made.');
  if (!(id > 0)) throw new TypeError('The call could not be made.');
  return await new NewPromise((resolve, reject) => putCall(id, { resolve, reject }));
});
function answer(id, head, body) {
  const waiting = getCall(id);
  if (waiting === undefined) return;
  takeCall(id);
  const given = parse(head);
  if (given.error !== undefined) waiting.reject(new TypeError(given.error));
  else waiting.resolve(make(given, body));
}

// --- what a shared image would freeze: random numbers and the start of time ---------------------------------------------------------
hide('crypto', { randomUUID: function randomUUID() { return host.uuid(); } });
let a = 0, b = 0, c = 0, d = 1; // sfc32, seeded by the host for each call
const next = () => {
  const t = (a + b + d) | 0;
  d = (d + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = ((c << 21) | (c >>> 11)) + t | 0;
  return t >>> 0;
};
define(Math, 'random', { value: function random() { return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992; }, writable: true, configurable: true });
let started = 0;
hide('performance', { now: () => now() - started, get timeOrigin() { return started; } });

async function start(module, input, context, s1, s2, s3) {
  a = s1; b = s2; c = s3;
  for (let i = 0; i < 12; i++) next();
  started = now();
  try {
    const handler = (await module).default;
    if (typeof handler !== 'function') return settle('SYNTAX', 'The code needs a default export that is a function: export default async (input, context) => output', '');
    finish(await handler(parse(input), parse(context)));
  } catch (error) { fail(error); }
}
return { start, wait, fire, answer };
})`;
