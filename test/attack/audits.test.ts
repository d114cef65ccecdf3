import { serverAudits } from 'graphql-http';
import { beforeAll, describe, expect, it } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';

let server: StubServer;

beforeAll(async () => {
  server = await stubServer();
});

/**
 * Of the specification's MAY and SHOULD, what we do otherwise on purpose: there is no GET, which pages of other sites may send; and an
 * answer of nothing but errors has the status of the gravest one, whatever its media type.
 */
function otherwise(name: string): 'notice' | 'warn' | 'ok' {
  if (/^MAY (?!NOT).*\bGETs?\b/.test(name)) return 'notice';
  return /^SHOULD use .*\b200\b.* when accepting application\/json$/.test(name) && /parsing|validation|coercion/.test(name) ? 'warn' : 'ok';
}

describe('the audits of GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => server.url });

  it('are those of the specification', () => {
    expect(audits.length).toBeGreaterThan(50);
  });

  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (name, audit) => {
    expect(await audit.fn()).toMatchObject({ status: otherwise(name) });
  });
});
