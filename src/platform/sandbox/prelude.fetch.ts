/** fetch: the host calls, with its own limits. */
export const fetches = String.raw`
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
`;
