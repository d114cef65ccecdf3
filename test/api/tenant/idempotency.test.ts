import { beforeAll, describe, expect, it } from 'vitest';
import { ConflictError, IdempotencyConflictError, InvalidInputError } from '#domain/errors';
import { once } from '#domain/tenant/idempotency';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { testPlatform } from '#test/support/platform';
import { type SeededWorkspace, seedWorkspace } from '#test/support/tenancy';

let first: Platform;
let second: Platform;
let workspace: SeededWorkspace;

beforeAll(async () => {
  const made = await testPlatform();
  first = made;
  second = await testPlatform({ databaseUrl: made.databaseUrl, prefix: made.config.prefix });
  workspace = await seedWorkspace(first);
});

/** Makes an environment once per key, in one of two processes, and answers its id. */
async function make(
  platform: Platform,
  key: string | null,
  name: string,
  before: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  const { workspaceId } = workspace;
  const { viewer } = await workspace.token('OWNER');
  return transact(platform, viewer, (work) => {
    const find = (id: string) => work.tx.environment.findUnique({ where: { id } });
    return once(work, { workspaceId, operation: 'createEnvironment', key, body: { name }, find }, async () => {
      await before();
      const id = newId();
      await work.tx.environment.create({ data: { id, workspaceId, key: `e-${id}`, name } });
      return id;
    });
  });
}

const madeWith = (name: string) => first.db.prisma.environment.count({ where: { workspaceId: workspace.workspaceId, name } });

describe('an idempotency key', () => {
  it('answers what the first call made', async () => {
    const id = await make(first, 'again', 'Again');
    expect(await make(first, 'again', 'Again')).toBe(id);
    expect(await make(second, 'again', 'Again')).toBe(id);
    expect(await madeWith('Again')).toBe(1);
  });

  it('without one every call makes', async () => {
    expect(await make(first, null, 'Twice')).not.toBe(await make(first, null, 'Twice'));
  });

  it('is refused with another input, and nothing is made', async () => {
    await make(first, 'other', 'One');
    await expect(make(first, 'other', 'Other')).rejects.toThrow(IdempotencyConflictError);
    expect(await madeWith('Other')).toBe(0);
  });

  it('is refused once what it made is deleted', async () => {
    const id = await make(first, 'deleted', 'Deleted');
    await first.db.prisma.environment.delete({ where: { id } });
    await expect(make(second, 'deleted', 'Deleted')).rejects.toThrow(ConflictError);
    expect(await madeWith('Deleted')).toBe(0);
  });

  it('makes once when many calls of two processes race', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => make(index % 2 === 0 ? first : second, 'race', 'Race')));
    expect(new Set(ids).size).toBe(1);
    expect(await madeWith('Race')).toBe(1);
  });

  it('is free again when its first call is rolled back while a second one waits for it', async () => {
    let fail: (error: Error) => void = () => undefined;
    const held = new Promise<never>((_resolve, reject) => (fail = reject));
    let entered: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const lost = make(first, 'rolled-back', 'Back', () => {
      entered();
      return held;
    });
    await inside;
    const kept = make(second, 'rolled-back', 'Back');
    fail(new Error('the first process gives up'));
    await expect(lost).rejects.toThrow('gives up');
    const id = await kept;
    expect(await madeWith('Back')).toBe(1);
    expect(await make(first, 'rolled-back', 'Back')).toBe(id);
  });

  it('is forgotten after its time, also where nobody swept it away', async () => {
    const id = await make(first, 'old', 'Old');
    await first.db.prisma.idempotencyKey.updateMany({
      where: { key: 'old' },
      data: { createdAt: new Date(Date.parse('2020-01-01T00:00:00Z')) },
    });
    const next = await make(first, 'old', 'Old, with another input');
    expect(next).not.toBe(id);
    expect(await make(first, 'old', 'Old, with another input')).toBe(next);
  });

  it.each(['', 'x'.repeat(256), 'a\0b', '\ud800'])('refuses %j with the name of the field', async (key) => {
    const refused = await make(first, key, 'Never').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect((refused as InvalidInputError).fields[0]?.path).toEqual(['idempotencyKey']);
  });
});
