import vm from 'node:vm';
import { parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSchema } from '#schema/index';
import { examples } from '#server/examples/examples';
import { type StubServer, stubServer } from '#test/support/stub-server';

let server: StubServer;

beforeAll(async () => {
  server = await stubServer({ settings: { GRAPHIQL: 'true' } });
});

const browse = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(new URL(path, server.url), { headers: { accept: 'text/html,*/*', ...headers } });

describe('GraphiQL', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const response = await browse('/graphql');
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/https?:\/\//);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
    const sources = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources).toHaveLength(3);
    for (const source of [
      ...sources,
      '/graphql/assets/json.worker.js',
      '/graphql/assets/graphql.worker.js',
      '/graphql/assets/editor.worker.js',
    ]) {
      const asset = await browse(source);
      expect(asset.status, source).toBe(200);
      expect((await asset.text()).length, source).toBeGreaterThan(500);
    }
  });

  it('has no script in the page, which its policy would stop', async () => {
    expect(await (await browse('/graphql')).text()).not.toMatch(/<script>|\son\w+=/);
  });

  it('subscribes as the server takes it, and brings the token of the address along', async () => {
    const script = await (await browse('/graphql/assets/start.js')).text();
    const started: Record<string, unknown>[] = [];
    const addresses: string[] = [];
    vm.runInNewContext(script, {
      URLSearchParams,
      location: { hash: '#token=mr_x', pathname: '/graphql', search: '' },
      history: { replaceState: (_state: unknown, _title: string, address: string) => addresses.push(address) },
      localStorage: { getItem: () => null },
      self: {},
      document: { getElementById: () => null },
      YogaGraphiQL: { renderYogaGraphiQL: (_root: unknown, options: Record<string, unknown>) => started.push(options) },
    });
    expect(addresses).toEqual(['/graphql']);
    expect(started).toHaveLength(1);
    expect(started[0]).toMatchObject({ endpoint: '/graphql', subscriptionsProtocol: 'SSE', method: 'POST' });
    const tabs = started[0]?.['defaultTabs'] as readonly { readonly headers: string }[];
    for (const { headers } of tabs) expect(JSON.parse(headers)).toEqual({ authorization: 'Bearer mr_x' });
  });

  it('is not sent twice to a browser that has it', async () => {
    const etag = (await browse('/graphql/assets/start.js')).headers.get('etag') ?? '';
    expect((await browse('/graphql/assets/start.js', { 'if-none-match': etag })).status).toBe(304);
  });

  it('is not there where it is switched off', async () => {
    const without = await stubServer({ databaseUrl: server.app.config.database.url });
    expect((await fetch(without.url, { headers: { accept: 'text/html' } })).status).toBe(405);
    expect((await fetch(new URL('/graphql/assets/app.js', without.url))).status).toBe(404);
  });

  it.each(examples.map(({ query }) => [/(\w+)[ (]*[^{]*\{/.exec(query.replace(/^(#.*\n)+/, ''))?.[0] ?? query, query]))(
    'opens with %s, which the graph answers',
    (_name, query) => {
      expect(validate(buildSchema(), parse(query))).toEqual([]);
    },
  );
});
