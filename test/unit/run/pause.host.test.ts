import { describe, expect, it } from 'vitest';
import { hostOf, readHost } from '#domain/run/pause.host';

describe('the host that a person names', () => {
  it.each([
    ['api.example.com', 'api.example.com'],
    [' API.Example.COM ', 'api.example.com'],
    ['api.example.com.', 'api.example.com'],
    ['api.example.com:443', 'api.example.com'],
    ['api.example.com:80', 'api.example.com'],
    ['api.example.com:8443', 'api.example.com:8443'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['https://api.example.com/v1?x=1', 'api.example.com'],
    ['HTTP://api.example.com:80/', 'api.example.com'],
    ['http://api.example.com:443', 'api.example.com:443'],
    ['[::1]:80', '[::1]'],
    ['[2001:DB8::1]:8080', '[2001:db8::1]:8080'],
    ['0x7f.1', '127.0.0.1'],
  ])('%s is %s', (given, host) => {
    expect(readHost(given)).toBe(host);
  });

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    'user@host',
    'https://user:pass@host/',
    'host:99999',
    'ftp://host',
    '*.example.com#x',
    'https://',
    `${'a'.repeat(300)}.com`,
  ])('%j is none', (given) => {
    expect(readHost(given)).toBeNull();
  });

  it('is spelled as the host of a call is', () => {
    for (const url of ['https://API.example.com/v1', 'http://api.example.com:8080/', 'https://bücher.example./x'])
      expect(readHost(url)).toBe(hostOf(new URL(url)));
  });
});
