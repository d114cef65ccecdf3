import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { envExample } from '#cli/settings';
import { readConfig } from '#platform/config/config';
import { settings } from '#platform/config/settings';

test('.env.example is what `npm run generate` writes', () => {
  expect(readFileSync('.env.example', 'utf8')).toBe(envExample());
});

test('.env.example names every setting, and can be used as it is', () => {
  const commented = envExample().replaceAll(/^# (?=[A-Z_]+=)/gm, '');
  expect(Object.keys(parseEnv(commented)).sort()).toEqual(Object.keys(settings).sort());
  expect(readConfig(parseEnv(envExample()) as Record<string, string>)).toMatchObject({ http: { port: 4000 }, database: { pool: 10 } });
  expect(readConfig(parseEnv(commented) as Record<string, string>)).toMatchObject({ auth: { jwt: { audience: 'millrace' } } });
});
