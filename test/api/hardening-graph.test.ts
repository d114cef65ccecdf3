import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { seedWorkspace } from '#test/support/tenancy';
import { openAcknowledged, post } from '#test/support/wire';

let millrace: Millrace;
let authorization: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  ({ authorization } = await (await seedWorkspace(millrace.app)).token('OWNER'));
});

const page = `query ($n: Int!) { runs(first: $n) { edges { node { id status duration steps { name status attempts { number error { message } } } } } } }`;
const pages = `query ($n: Int!) { runs(first: $n) { edges { node { automation { runs(first: $n) { edges { node { id } } } } } } } }`;
const expensive = { extensions: { code: 'LIMIT_EXCEEDED', limit: 5_000 } };

describe('the cost of an operation', () => {
  it('lets a page of 50 runs with their steps and attempts through', async () => {
    expect(await post(millrace.url, { query: page, variables: { n: 50 } }, { authorization })).toMatchObject({ status: 200, errors: [] });
  });

  it('is counted with variables: the same document is let through for small pages in pages and refused for large ones', async () => {
    expect(await post(millrace.url, { query: pages, variables: { n: 5 } }, { authorization })).toMatchObject({ status: 200, errors: [] });
    expect(await post(millrace.url, { query: pages, variables: { n: 200 } }, { authorization })).toMatchObject({
      status: 400,
      errors: [expensive],
    });
  });

  it('counts the same over a WebSocket', async () => {
    const socket = await openAcknowledged(millrace.wsUrl, { authorization });
    expect(await socket.run(pages, { n: 200 })).toMatchObject([{ type: 'next', payload: { errors: [expensive] } }, { type: 'complete' }]);
    socket.raw.close();
  });
});

describe('hostile values', () => {
  const read = 'query ($key: String) { action(key: $key) { id } }';

  it.each([
    ['NUL', '\0'],
    ['half of a surrogate pair', '\ud800'],
    ['a quote', `'; DROP TABLE "Run"; --`],
    ['a very long text', 'x'.repeat(100_000)],
  ])('of a text with %s find nothing and break nothing', async (_what, key) => {
    const answer = await post(millrace.url, { query: read, variables: { key } }, { authorization });
    expect(['BAD_USER_INPUT', 'INVALID_INPUT', undefined]).toContain(answer.code);
    expect([undefined, null, { action: null }]).toContainEqual(answer.data);
  });

  it.each(['x', 'run_', 'run_00000000-0000-0000-0000-00000000000g', 'act_\0', 'ws_../../etc', '[object Object]'])(
    'of an id like %j are nothing or bad input, never a fault',
    async (id) => {
      const answer = await post(
        millrace.url,
        { query: 'query ($id: ID!) { run(id: $id) { id } node(id: $id) { id } }', variables: { id } },
        { authorization },
      );
      expect(answer.code).not.toBe('INTERNAL');
    },
  );

  it('of a page size are told', async () => {
    for (const first of [-1, 201, 2_147_483_647]) {
      const refused = await post(
        millrace.url,
        { query: 'query ($first: Int) { runs(first: $first) { edges { cursor } } }', variables: { first } },
        { authorization },
      );
      expect({ first, code: refused.code }).toMatchObject({
        first,
        code: expect.stringMatching(/BAD_USER_INPUT|INVALID_INPUT|LIMIT_EXCEEDED/),
      });
    }
  });
});
