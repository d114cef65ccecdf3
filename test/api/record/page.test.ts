import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startMillrace } from '#test/support/api';
import { seed } from '#test/support/seed';

/** What the page says, with whatever is answered where it says `…`. */
function expected(value: unknown): unknown {
  if (value === '…') return expect.anything();
  if (Array.isArray(value)) return value.map((item) => expected(item));
  if (typeof value === 'object' && value !== null)
    return expect.objectContaining(Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expected(item)])));
  return value;
}

test('the examples of docs/records.md answer what the page says', async () => {
  const page = readFileSync('docs/records.md', 'utf8');
  const blocks = [...page.matchAll(/^```(graphql|json)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));
  expect(blocks.length).toBeGreaterThan(8);
  const millrace = await startMillrace({ worker: false });
  const token = await (await seed(millrace.app).workspace()).token('EDITOR');
  let data: unknown = null;
  for (const { kind, text } of blocks) {
    if (kind === 'json') expect(data, text).toEqual(expected(JSON.parse(text)));
    else {
      const answer = await millrace.ask(token, text);
      expect(answer.errors, text).toEqual([]);
      data = answer.data;
    }
  }
});
