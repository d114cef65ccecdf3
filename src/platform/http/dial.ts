import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { type AllowList, mayDial } from './address.js';
import { OutgoingError } from './outgoing.js';

/** The addresses of a host name. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** Longest time to connect to one address, TLS included. */
const connectMs = 10_000;
/** Addresses of one name that are tried. */
const mostAddresses = 4;

/**
 * Connects to nothing but addresses that were checked: the name is resolved here, each of its addresses is judged, and the very
 * address that was judged is dialled, so that a second answer of the name server changes nothing.
 */
export function guardedConnector(allow: AllowList, resolve: Resolve): buildConnector.connector {
  const connect = buildConnector({ timeout: connectMs });

  async function checked(host: string, port: number): Promise<readonly string[]> {
    const addresses = isIP(host) === 0 ? await resolved(host) : [host];
    // One address that is not allowed spoils the name: what is both inside and outside is no host of the public.
    if (!addresses.every((address) => mayDial(allow, host, port, address)))
      // Without the address: what a name means inside is not the caller's business.
      throw new OutgoingError('BLOCKED_ADDRESS', `The host ${host} is at an address that is not public.`, false);
    return addresses.slice(0, mostAddresses);
  }

  async function resolved(host: string): Promise<readonly string[]> {
    const addresses = await resolve(host).catch(() => []);
    if (addresses.length === 0) throw new OutgoingError('DNS', `The host name ${host} could not be resolved.`, true);
    return addresses;
  }

  function dial(options: buildConnector.Options, address: string): Promise<Parameters<buildConnector.Callback>> {
    return new Promise((done) => connect({ ...options, hostname: address }, (...outcome) => done(outcome)));
  }

  async function dialFirst(options: buildConnector.Options): Promise<Parameters<buildConnector.Callback>> {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    let last: Parameters<buildConnector.Callback> = [new OutgoingError('NETWORK', 'There is no address to dial.', true), null];
    for (const address of await checked(options.hostname, port)) {
      last = await dial(options, address);
      if (last[0] === null) return last;
    }
    return last;
  }

  return (options, callback) => {
    dialFirst(options).then(
      (outcome) => callback(...outcome),
      (error: unknown) => callback(error instanceof Error ? error : new Error('The connection failed.'), null),
    );
  };
}
