import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { envExample } from '#cli/settings';
import { readConfig } from '#platform/config/config';
import { settings } from '#platform/config/settings';

test('.env.example is what `npm run generate` writes', () => {
  expect(readFileSync('.env.example', 'utf8')).toBe(envExample());
});

test('keys of an identity provider come over https, or from the same machine', () => {
  const read = (url: string) =>
    readConfig({ DATABASE_URL: 'postgresql://x@y/z', JWT_JWKS_URL: url, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }).auth.jwt?.jwksUrl;
  for (const url of ['https://id.example.com/jwks', 'http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]:1/jwks'])
    expect(read(url)).toBe(url);
  for (const url of ['http://id.example.com/jwks', 'http://127.0.0.1.example.com/jwks', 'ftp://127.0.0.1/jwks'])
    expect(() => read(url)).toThrow('JWT_JWKS_URL');
});

test('keys of secrets are random and of full length, and there is no default', () => {
  const read = (keys: string) => readConfig({ DATABASE_URL: 'postgresql://x@y/z', SECRETS_KEYS: keys }).secrets.keys.map(({ id }) => id);
  const key = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
  expect(read(`new:${key}, old:${key}`)).toEqual(['new', 'old']);
  expect(read('')).toEqual([]);
  for (const keys of [key, 'k1:', 'k1:c2hvcnQ=', `k1:${key},k1:${key}`, `k1:${'A'.repeat(43)}=`, `k1:${key},`])
    expect(() => read(keys), keys).toThrow('SECRETS_KEYS');
});

test('origins are those that browsers send, and nothing that lets in all of them', () => {
  const read = (origins: string) => readConfig({ DATABASE_URL: 'postgresql://x@y/z', CORS_ORIGINS: origins }).http.corsOrigins;
  expect(read('https://app.example.com, http://localhost:3000')).toEqual(['https://app.example.com', 'http://localhost:3000']);
  for (const origins of [
    '*',
    'null',
    'https://app.example.com/',
    'https://*.example.com',
    'app.example.com',
    'file:///x',
    'https://APP.example.com',
  ])
    expect(() => read(origins), origins).toThrow('CORS_ORIGINS');
});

test('.env.example names every setting, and can be used as it is', () => {
  const commented = envExample().replaceAll(/^# (?=[A-Z_]+=)/gm, '');
  expect(Object.keys(parseEnv(commented)).sort()).toEqual(Object.keys(settings).sort());
  expect(readConfig(parseEnv(envExample()) as Record<string, string>)).toMatchObject({ http: { port: 4000 }, database: { pool: 10 } });
  expect(readConfig(parseEnv(commented) as Record<string, string>)).toMatchObject({ auth: { jwt: { audience: 'millrace' } } });
});
