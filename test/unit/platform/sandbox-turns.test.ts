import { describe, expect, test } from 'vitest';
import { createShares } from '#platform/sandbox/shares';
import { createTurns } from '#platform/sandbox/turns';

const owner = (text: string) => ({ tenant: text[0] ?? '', name: text });

describe('turns', () => {
  /** Who is served when all of these wait: a letter is a tenant, a number one of his names. */
  function order(waiting: readonly string[], may: (name: string) => boolean = () => true): string {
    const turns = createTurns<{ readonly owner: { readonly tenant: string; readonly name: string } }>();
    for (const text of waiting) turns.add({ owner: owner(text) });
    const served: string[] = [];
    for (let next = turns.take(({ name }) => may(name)); next !== null; next = turns.take(({ name }) => may(name)))
      served.push(next.owner.name);
    return served.join(' ');
  }

  test('go round between tenants, and between the names of each', () => {
    expect(order(['a1', 'a1', 'a1', 'a2', 'a2', 'b1', 'c1', 'c1'])).toBe('a1 b1 c1 a2 c1 a1 a2 a1');
  });

  test('pass over those who may not', () => {
    expect(order(['a1', 'a1', 'a2', 'b1'], (name) => name !== 'a1')).toBe('a2 b1');
    expect(order(['a1'], () => false)).toBe('');
  });

  test('keep the order within a name, and forget who left', () => {
    const turns = createTurns<{ readonly owner: ReturnType<typeof owner>; readonly at: number }>();
    const jobs = [0, 1, 2].map((at) => ({ owner: owner('a1'), at }));
    for (const job of jobs) turns.add(job);
    const [, second] = jobs;
    if (second !== undefined) turns.remove(second);
    expect(turns.all().map(({ at }) => at)).toEqual([0, 2]);
    expect([turns.take(() => true)?.at, turns.take(() => true)?.at, turns.take(() => true)]).toEqual([0, 2, null]);
  });
});

describe('shares', () => {
  test('end at what a tenant and a name may hold', () => {
    const shares = createShares({ perTenant: 3, perName: 2 });
    const held = ['a1', 'a1', 'a1', 'a2', 'a2', 'b1'].map((text) => {
      const may = shares.may(owner(text));
      if (may) shares.take(owner(text));
      return may;
    });
    expect(held).toEqual([true, true, false, true, false, true]);
    shares.give(owner('a1'), 0, 0);
    expect([shares.may(owner('a1')), shares.may(owner('a2'))]).toEqual([true, true]);
  });

  test('owners that use much are heavy until they have made up for it', () => {
    const shares = createShares({ perTenant: 2, perName: 2 });
    const use = (text: string, cpuMs: number, at: number) => {
      shares.take(owner(text));
      shares.give(owner(text), cpuMs, at);
    };
    use('a1', 5_000, 0);
    expect([0, 2_000, 4_700, 4_900].map((at) => shares.isHeavy(owner('a1'), at))).toEqual([true, true, true, false]);
    // Two at a time of what one may do without end.
    for (let at = 0; at < 1_000; at += 190) for (let twice = 0; twice < 2; twice += 1) use('b1', 190, at);
    expect(shares.isHeavy(owner('b1'), 1_000)).toBe(true);
    for (let at = 0; at < 1_000; at += 30) use('b2', 30, at);
    for (let at = 0; at < 1_000; at += 1) use('b3', 1, at);
    expect([shares.isHeavy(owner('b2'), 1_000), shares.isHeavy(owner('b3'), 1_000), shares.isHeavy(owner('b4'), 0)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('tenants with the same names are apart', () => {
    const shares = createShares({ perTenant: 2, perName: 1 });
    shares.take({ tenant: 'a', name: 'x' });
    expect(shares.may({ tenant: 'b', name: 'x' })).toBe(true);
    expect(shares.may({ tenant: 'a', name: 'x' })).toBe(false);
  });
});
