import { describe, expect, test } from 'vitest';
import { type AllowList, mayDial, parseAllowed } from '#platform/http/address';
import { readConfig } from '#platform/config/config';
import { callableUrl } from '#platform/http/redirect';

const allow = (...entries: string[]): AllowList => entries.map(parseAllowed).filter((entry) => entry !== null);

/** How a URL names its host, as a socket gets it. */
const literal = (url: string): string => callableUrl(url).hostname.replace(/^\[|\]$/g, '');

describe('addresses that are not public are refused', () => {
  test.for([
    ['loopback', '127.0.0.1'],
    ['loopback, another one', '127.255.255.254'],
    ['this network', '0.0.0.0'],
    ['this network, another one', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private, the last one', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['link-local: the metadata of clouds', '169.254.169.254'],
    ['shared by carriers', '100.64.0.1'],
    ['shared by carriers: metadata at Alibaba', '100.100.100.200'],
    ['of the protocols: metadata at Oracle', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.9'],
    ['benchmarks', '198.18.0.1'],
    ['relays of 6to4', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fc00::1'],
    ['unique local: metadata at Amazon', 'fd00:ec2::254'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['mapped metadata', '::ffff:a9fe:a9fe'],
    ['compatible loopback', '::127.0.0.1'],
    ['translated loopback', '64:ff9b::7f00:1'],
    ['translated metadata', '64:ff9b::169.254.169.254'],
    ['translated locally', '64:ff9b:1::8.8.8.8'],
    ['translated after RFC 6145', '::ffff:0:8.8.8.8'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['6to4 of a public address', '2002:808:808::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['documentation', '2001:db8::1'],
    ['discard', '100::1'],
    ['given to nobody', '4000::1'],
    ['no address', 'localhost'],
    ['no address', ''],
    ['a short spelling, which a socket may read in its own way', '127.1'],
  ] as const)('%s: %s', ([, address]) => {
    expect(mayDial([], 'host.example.com', 80, address)).toBe(false);
  });
});

test.for(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  '%s is public',
  (address) => {
    expect(mayDial([], 'host.example.com', 80, address)).toBe(true);
  },
);

describe('a URL spells an address in many ways, and it stays the same address', () => {
  test.for([
    ['decimal', 'http://2130706433/'],
    ['octal', 'http://0177.0.0.1/'],
    ['hexadecimal', 'http://0x7f.0x0.0x0.0x1/'],
    ['hexadecimal in one', 'http://0x7f000001/'],
    ['mixed', 'http://0x7f.1/'],
    ['short', 'http://127.1/'],
    ['shorter', 'http://0/'],
    ['with a trailing dot', 'http://127.0.0.1./'],
    ['full-width digits', 'http://１２７.０.０.１/'],
    ['enclosed digits', 'http://①②⑦.⓪.⓪.①/'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/'],
    ['ideographic dots', 'http://127。0。0。1/'],
    ['brackets', 'http://[::1]/'],
    ['brackets, written out', 'http://[0000:0000:0000:0000:0000:0000:0000:0001]/'],
    ['mapped', 'http://[::ffff:127.0.0.1]/'],
    ['mapped in hexadecimal', 'http://[0:0:0:0:0:ffff:7f00:1]/'],
    ['backslashes', 'http:\\\\127.0.0.1\\'],
    ['tabs and line feeds', 'ht\ttp://127.0\n.0.1/'],
    ['without slashes', 'http:127.0.0.1'],
  ] as const)('%s', ([, url]) => {
    expect(mayDial([], literal(url), 80, literal(url))).toBe(false);
  });

  test.for(['http://256.256.256.256/', 'http://1.2.3.4.5/', 'http://127.0.0.1.1/', 'http://[::1/', 'http://[fe80::1%25eth0]/', 'http:///'])(
    '%s is refused',
    (url) => {
      expect(() => literal(url)).toThrow('not well-formed');
    },
  );
});

test.for([
  ['another scheme', 'ftp://example.com/'],
  ['a file', 'file:///etc/passwd'],
  ['data', 'data:text/plain,a'],
  ['gopher', 'gopher://127.0.0.1:70/'],
  ['a user', 'http://user@example.com/'],
  ['a user and a password', 'http://user:password@example.com/'],
  ['a password alone', 'http://:password@example.com/'],
  ['no scheme', '//example.com/'],
  ['a path', '/path'],
  ['nothing', ''],
] as const)('a URL with %s is refused', ([, url]) => {
  expect(() => callableUrl(url)).toThrow(expect.objectContaining({ code: 'INVALID_URL', retryable: false }));
});

test('the root of DNS and the fragment are dropped, so that one host has one name', () => {
  expect(callableUrl('https://Example.COM./a#b').href).toBe('https://example.com/a');
});

describe('what is allow-listed', () => {
  test.for([
    ['an address', '127.0.0.1', 'x', 80, '127.0.0.1', true],
    ['an address, not its neighbour', '127.0.0.1', 'x', 80, '127.0.0.2', false],
    ['an address, mapped', '127.0.0.1', 'x', 80, '::ffff:127.0.0.1', true],
    ['an address with this port', '127.0.0.1:8080', 'x', 8080, '127.0.0.1', true],
    ['an address with another port', '127.0.0.1:8080', 'x', 8081, '127.0.0.1', false],
    ['a range', '10.0.0.0/8', 'x', 80, '10.255.0.1', true],
    ['a range, not beside it', '10.0.0.0/8', 'x', 80, '11.0.0.1', true],
    ['a range, not another private one', '10.0.0.0/8', 'x', 80, '192.168.0.1', false],
    ['a range with a port', '10.0.0.0/8:443', 'x', 80, '10.0.0.1', false],
    ['a range of IPv4 says nothing of IPv6', '0.0.0.0/0', 'x', 80, '::1', false],
    ['all of IPv6', '::/0', 'x', 80, 'fd00::1', true],
    ['an address of IPv6', '::1', 'x', 80, '::1', true],
    ['an address of IPv6 with a port', '[::1]:8080', 'x', 8080, '::1', true],
    ['an address of IPv6 with another port', '[::1]:8080', 'x', 80, '::1', false],
    ['a range of IPv6', 'fd00::/8', 'x', 80, 'fd12::1', true],
    ['a range of IPv6 with a port', '[fd00::/8]:443', 'x', 443, 'fd12::1', true],
    ['a host name, whatever it resolves to', 'Intranet.example.com.', 'intranet.example.com', 80, '10.0.0.1', true],
    ['a host name, not its subdomain', 'example.com', 'a.example.com', 80, '10.0.0.1', false],
    ['a host name, not the address by itself', 'localhost', '127.0.0.1', 80, '127.0.0.1', false],
    ['a host name with a port', 'localhost:3000', 'localhost', 3000, '127.0.0.1', true],
    ['a host name with another port', 'localhost:3000', 'localhost', 3001, '127.0.0.1', false],
  ] as const)('%s', ([, entry, host, port, address, allowed]) => {
    expect(parseAllowed(entry)).not.toBeNull();
    expect(mayDial(allow(entry), host, port, address)).toBe(allowed);
  });

  test('entries that are none stop the start, all of them at once', () => {
    const bad = [
      '127.1',
      '0x7f.0.0.1',
      '2130706433',
      '10.0.0.0/33',
      '10.0.0.0/8/8',
      '::/129',
      'host:0',
      'host:65536',
      'a b',
      '*.example.com',
    ];
    bad.push('http://a', '[10.0.0.1]:80', '[host]:80', 'host/8', '[::1', 'fe80::1%eth0', '-a.example.com', 'a..b', '10.0.0.0/');
    for (const entry of bad) expect(parseAllowed(entry), entry).toBeNull();
    const read = (value: string) => readConfig({ DATABASE_URL: 'postgresql://x@y/z', OUTGOING_ALLOW: value }).outgoing.allow;
    expect(() => read(bad.join(','))).toThrow(/OUTGOING_ALLOW: 127\.1 is no host name, address or range; 0x7f.*; host:0 is/);
    expect(read(' 10.0.0.0/8, localhost:80 ,')).toHaveLength(2);
  });
});
