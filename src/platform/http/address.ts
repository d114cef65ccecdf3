import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Allowed {
  /** A host name as it stands in URLs; null: a range of addresses. */
  readonly host: string | null;
  readonly range: readonly [network: string, bits: number] | null;
  /** Null: any. */
  readonly port: number | null;
}

/** Where calls may go although it is not public; read by {@link parseAllowed}. Plain values: the configuration is sent to other processes. */
export type AllowList = readonly Allowed[];

/** RFC 6052: the last four bytes are where a translator sends it. */
const translated = ipaddr.parseCIDR('64:ff9b::/96');
/** RFC 4291: the only addresses that are given out to the public. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/**
 * Reads one entry of OUTGOING_ALLOW; null: it is none.
 *
 * - `intranet.example.com`: whatever this name resolves to, and only when a call names it so; not its subdomains.
 * - `10.1.2.3`, `fd00::1`: this address, however the call came to it.
 * - `10.0.0.0/8`, `fd00::/8`: every address of the range.
 * - each with `:port` for this port alone; IPv6 then stands in brackets: `[::1]:8080`, `[fd00::/8]:443`.
 */
export function parseAllowed(entry: string): Allowed | null {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const place = bracketed ?? plain ?? '';
  const number = port === undefined ? null : Number(port);
  if (number !== null && (number < 1 || number > 65_535)) return null;
  const [literal = '', bits, ...more] = place.split('/');
  const kind = isIP(literal);
  if (kind !== 0) {
    if (more.length > 0 || (bracketed !== undefined && kind === 4) || literal.includes('%')) return null;
    const longest = kind === 4 ? 32 : 128;
    if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= longest)) return null;
    return { host: null, range: [literal, bits === undefined ? longest : Number(bits)], port: number };
  }
  if (bracketed !== undefined || bits !== undefined) return null;
  const host = place.toLowerCase().replace(/\.$/, '');
  // A last label of digits is an address in a short or other spelling: whoever means an address writes it out.
  if (!/^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(host)) return null;
  return { host, range: null, port: number };
}

/** Where packets to this address arrive: mapped and translated IPv4 addresses are unwrapped. Null: it is no address. */
function arrival(text: string): Address | null {
  if (isIP(text) === 0) return null;
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4' || !address.match(translated)) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(12));
}

function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(globalUnicast));
}

function isWithin(address: Address, network: string, bits: number): boolean {
  const range = ipaddr.parse(network);
  return range.kind() === address.kind() && address.match([range, bits]);
}

/** Whether a call of `host`, as its URL names it, may dial this address. */
export function mayDial(allow: AllowList, host: string, port: number, address: string): boolean {
  const arrives = arrival(address);
  if (arrives === null) return false;
  if (isPublic(arrives)) return true;
  return allow.some(
    (entry) =>
      (entry.port === null || entry.port === port) &&
      (entry.host === null ? entry.range !== null && isWithin(arrives, ...entry.range) : entry.host === host),
  );
}
