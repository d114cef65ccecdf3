import { beforeAll, describe, expect, it } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { openEvents, post } from '#test/support/wire';
import { type Metric, readExposition } from './exposition.js';

let server: StubServer;
let metrics: readonly Metric[];

const read = async () => readExposition(await (await fetch(new URL('/metrics', server.url))).text());
const seriesOf = (all: readonly Metric[]) => all.flatMap(({ samples }) => samples).length;

beforeAll(async () => {
  server = await stubServer();
  await post(server.url, '{ hello broken }');
  (await openEvents(server.url, 'subscription { count(to: 1) }')).abort();
  metrics = await read();
});

describe('the metrics', () => {
  it('are text that Prometheus reads, each with its help and its type', () => {
    expect(metrics.length).toBeGreaterThan(20);
    for (const { name, help, type } of metrics) expect([name, help.length > 5, type]).toEqual([name, true, expect.stringMatching(/./)]);
  });

  it('are named as Prometheus asks: base units, totals of counters and of nothing else', () => {
    // Those of prom-client about the process have names of their own.
    const own = metrics.filter(({ name }) => /^millrace_(?!nodejs_|process_)/.test(name));
    expect(own.length).toBeGreaterThan(10);
    for (const { name, type } of own) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/milliseconds|minutes|hours|kilobytes|megabytes|_(?:bucket|count|sum|info|ms)$/);
    }
  });

  it('have histograms that add up', () => {
    const histograms = metrics.filter(({ type }) => type === 'histogram');
    expect(histograms.some(({ samples }) => samples.some(({ value }) => value > 0))).toBe(true);
    for (const { name, samples } of histograms) {
      const counted = samples.filter((sample) => sample.name === `${name}_count`);
      for (const { labels, value } of counted) {
        const same = (other: Readonly<Record<string, string>>) => Object.entries(labels).every(([key, one]) => other[key] === one);
        const buckets = samples.filter((sample) => sample.name === `${name}_bucket` && same(sample.labels));
        const bounds = buckets.map((bucket) => Number(bucket.labels['le']?.replace('+Inf', 'Infinity')));
        expect(bounds, name).toEqual([...bounds].sort((one, other) => one - other));
        expect(bounds.at(-1), name).toBe(Infinity);
        const counts = buckets.map((bucket) => bucket.value);
        expect(counts, name).toEqual([...counts].sort((one, other) => one - other));
        expect(counts.at(-1), name).toBe(value);
      }
    }
  });

  it('do not grow with what strangers ask for, nor repeat it', async () => {
    const before = seriesOf(await read());
    for (let n = 0; n < 30; n += 1) {
      await fetch(new URL(`/stranger-${String(n)}?secret-${String(n)}`, server.url), { method: n % 2 === 0 ? 'GET' : 'PURGE' });
      await post(server.url, `query Stranger${String(n)} { hello(name: "stranger") }`, { 'x-request-id': `stranger-${String(n)}` });
      await fetch(new URL(`/hooks/stranger-${String(n)}`, server.url), { method: 'POST' });
    }
    const after = await read();
    // What they meet for the first time: other routes and other statuses.
    expect(seriesOf(after) - before).toBeLessThan(80);
    expect(JSON.stringify(after)).not.toMatch(/stranger|secret|PURGE/i);
  });
});
