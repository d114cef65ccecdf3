/** URL and URLSearchParams, parsed by the host's implementation of the standard. */
export const urls = String.raw`
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
`;
