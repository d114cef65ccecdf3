import { describe, expect, it } from 'vitest';
import { readActionFile, referencesFor, sameFile, writeActionFile } from '#cli/actions.file';

const whole = {
  name: 'Greet',
  description: 'Says hello.',
  labels: ['b', 'a'],
  triggerPoint: 'post-login',
  publishPolicy: 'MANUAL',
  language: 'TYPESCRIPT',
  runtime: 'node18',
  dependencies: { zod: '^4.0.0', ajv: 'latest' },
  modules: { shared: 3 },
  configuration: { B: '2', A: '1' },
  secrets: { API_KEY: { env: 'MY_API_KEY' } },
  payload: { z: 1, a: [{ y: null, b: true }] },
  app: 'shop',
  namespace: 'memory',
  threadMode: 'FIXED',
  thread: 'one',
  retry: { maxRetries: 3, delay: 'PT90S', on: [503, 429] },
  timeout: 'PT5S',
  priority: 1,
  notifyOwner: false,
};

describe('action.json', () => {
  it('is written in one way for all that mean the same, and read back as it was', () => {
    const shuffled = Object.fromEntries(
      Object.entries({ ...whole, timeout: 'PT5.000S', dependencies: { ajv: 'latest', zod: '^4.0.0' } }).reverse(),
    );
    const text = writeActionFile(readActionFile(whole));
    expect(writeActionFile(readActionFile(shuffled))).toBe(text);
    expect(readActionFile(JSON.parse(text))).toEqual({ ...readActionFile(whole), dependencies: { ajv: 'latest', zod: '^4.0.0' } });
    expect(writeActionFile(readActionFile(JSON.parse(text)))).toBe(text);
    expect(text).toMatch(/^\{\n {2}"name": "Greet",\n[^]*\n\}\n$/);
    expect(text.indexOf('"ajv"')).toBeLessThan(text.indexOf('"zod"'));
    expect(JSON.parse(text)).toMatchObject({ retry: { delay: 'PT1M30S', maxDelay: 'PT1M30S', on: [429, 503] } });
  });

  it('leaves out what is the default', () => {
    const text = writeActionFile(readActionFile({ name: 'Plain', description: '', retry: {}, priority: 3, secrets: {} }));
    expect(JSON.parse(text)).toEqual({ name: 'Plain', publishPolicy: 'AUTO', language: 'JAVASCRIPT', secrets: {} });
    const none = readActionFile({ name: 'None', retry: { on: [] } });
    expect(JSON.parse(writeActionFile(none))).toMatchObject({ retry: { on: [] } });
    expect(JSON.parse(writeActionFile(readActionFile({ name: 'Bound', triggerPoint: 'post-login' })))).toEqual({
      name: 'Bound',
      triggerPoint: 'post-login',
      publishPolicy: 'MANUAL',
      language: 'JAVASCRIPT',
    });
  });

  it('tells one that has no secrets from one that does not speak of them', () => {
    expect(sameFile(readActionFile({ name: 'x' }), readActionFile({ name: 'x', secrets: {} }))).toBe(false);
  });

  it('holds no value of a secret, and no field that is unknown', () => {
    expect(() => readActionFile({ name: 'x', secrets: { KEY: 'planted' } })).toThrow(/^secrets\.KEY: /);
    expect(() => readActionFile({ name: 'x', secrets: { KEY: { env: 'KEY', value: 'planted' } } })).toThrow(/^secrets\.KEY: /);
    expect(() => readActionFile({ name: 'x', transform: 1 })).toThrow('transform');
    expect(() => readActionFile({ timeout: 'soon' })).toThrow(/name: [^]*\ntimeout: A duration is written/);
  });

  it('keeps the references that were written, and names the variable of a new secret as the secret', () => {
    expect(referencesFor(['A', 'B'], { A: { env: 'MY_A' }, C: { env: 'MY_C' } })).toEqual({ A: { env: 'MY_A' }, B: { env: 'B' } });
  });
});
