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

describe('what may be long', () => {
  const texts = 'query ($n: Int!) { runs(first: $n) { edges { node { input output } } } }';

  it('costs as much as many fields: pages of it are small', async () => {
    expect(await post(millrace.url, { query: texts, variables: { n: 50 } }, { authorization })).toMatchObject({ status: 200, errors: [] });
    expect(await post(millrace.url, { query: texts, variables: { n: 150 } }, { authorization })).toMatchObject({
      status: 400,
      errors: [expensive],
    });
  });

  it('is answered once per id', async () => {
    const id = 'run_01936f5a-0000-7000-8000-000000000000';
    const answer = await post(millrace.url, { query: `{ nodes(ids: ["${id}", "${id}"]) { id } }` }, { authorization });
    expect(answer).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ extensions: { fields: [{ path: ['ids', '1'], code: 'REPEATED' }] } }],
    });
  });
});

describe('hostile values', () => {
  const cursorOf = (...parts: readonly unknown[]) => Buffer.from(JSON.stringify([1, ...parts])).toString('base64url');
  const uuid = '01936f5a-0000-7000-8000-000000000000';

  it.each([
    ['actions', 'NAME', 'name:asc,id:asc', 7],
    ['actions', 'NAME', 'name:asc,id:asc', 'a\0b'],
    ['actions', 'NAME', 'name:asc,id:asc', '\ud800'],
    ['runs', 'PRIORITY', 'priority:asc,id:asc', 'three'],
    ['runs', 'PRIORITY', 'priority:asc,id:asc', 1e300],
    ['runs', 'PRIORITY', 'priority:asc,id:asc', 1.5],
    ['runs', 'STARTED_AT', 'startedAt:asc,id:asc', -8e15],
    ['runs', 'STARTED_AT', 'startedAt:asc,id:asc', '-000001-01-01T00:00:00.000Z'],
    ['runs', 'STARTED_AT', 'startedAt:asc,id:asc', '+010000-01-01T00:00:00.000Z'],
  ])('in a cursor of %s by %s are no cursor', async (list, field, order, value) => {
    const query = `query ($after: Cursor) { ${list}(after: $after, orderBy: [{ field: ${field} }]) { edges { cursor } } }`;
    const ask = (after: string) => post(millrace.url, { query, variables: { after } }, { authorization });
    expect((await ask(cursorOf(order, value, uuid))).code).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['0000-01-01T00:00:00Z', 'BAD_USER_INPUT'],
    ['9999-12-31T23:59:59-10:00', 'BAD_USER_INPUT'],
    ['0001-01-01T00:00:00Z', undefined],
    ['9999-12-31T23:59:59Z', undefined],
  ])('the moment %s is a moment of the database or bad input', async (from, code) => {
    const query = 'query ($from: DateTime) { runs(filter: { queuedAt: { from: $from } }) { edges { cursor } } }';
    expect((await post(millrace.url, { query, variables: { from } }, { authorization })).code).toBe(code);
  });

  it.each([
    ['runs', '{ status: $values }', '[RunStatus!]', 'QUEUED'],
    ['auditEntries', '{ operation: $values }', '[String!]', 'createAction'],
    ['members', '{ role: $values }', '[Role!]', 'OWNER'],
  ])('of a filter of %s are at most a hundred', async (list, filter, type, value) => {
    const query = `query ($values: ${type}) { ${list}(filter: ${filter}) { totalCount } }`;
    const ask = (count: number) => post(millrace.url, { query, variables: { values: Array(count).fill(value) } }, { authorization });
    expect((await ask(100)).code).toBeUndefined();
    expect((await ask(40_000)).code).toBe('BAD_USER_INPUT');
  });

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
