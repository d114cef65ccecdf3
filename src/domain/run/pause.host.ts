/** The one spelling of a URL's host: lower case, punycode, no final dot, and the port only when it is not the scheme's own. */
export function hostOf(url: URL): string {
  const name = url.hostname.replace(/\.$/, '');
  return url.port === '' ? name : `${name}:${url.port}`;
}

/**
 * The host that a person named, in the one spelling: `API.Example.com`, `api.example.com:8443`, `[::1]:80` or a whole http(s) URL.
 * Without a scheme the ports of http and https count as none. Null for what names no host.
 */
export function readHost(text: string): string | null {
  const given = text.trim();
  const whole = /^https?:\/\//i.test(given);
  // What stands beside a host would be dropped in silence.
  if (!whole && /[/?#@\\\s]/.test(given)) return null;
  const address = whole ? given : `https://${given.replace(/:80$/, '')}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return null;
  const host = hostOf(url);
  return host === '' || host.length > 255 ? null : host;
}
