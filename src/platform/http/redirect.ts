import { OutgoingError } from './outgoing.js';

/** What is sent to one place on the way. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

const credentials = ['authorization', 'cookie', 'proxy-authorization'];
const ofBody = ['content-type', 'content-encoding', 'content-language', 'content-location'];

/** An absolute http or https URL without user, password and fragment. Throws INVALID_URL. */
export function callableUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw invalid('The URL is not absolute or not well-formed.');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('The URL must be http or https.');
  if (url.username !== '' || url.password !== '') throw invalid('The URL must not contain a user name or password.');
  // The root of DNS is implied: the same host must have the same breaker, pool and place in the allow list.
  url.hostname = url.hostname.replace(/\.$/, '');
  url.hash = '';
  return url;
}

const invalid = (message: string): OutgoingError => new OutgoingError('INVALID_URL', message, false);

/** Where a response sends the call on, as the Fetch Standard has it (HTTP-redirect fetch); null: nowhere. */
export function nextHop(hop: Hop, status: number, location: string | undefined, secretHeaders: readonly string[]): Hop | null {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return null;
  const url = callableUrl(location, hop.url);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw invalid('A redirect from https to http is not followed.');
  const toGet = status === 303 ? !['GET', 'HEAD'].includes(hop.method) : status < 303 && hop.method === 'POST';
  const dropped = [...(url.origin === hop.url.origin ? [] : [...credentials, ...secretHeaders]), ...(toGet ? ofBody : [])];
  return {
    method: toGet ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !dropped.includes(name))),
    body: toGet ? null : hop.body,
  };
}
