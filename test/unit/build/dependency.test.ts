import { describe, expect, test } from 'vitest';
import { dependencyProblems, isAllowed, packageOf } from '#platform/build/dependency';

const open = { on: true, allowed: ['*'] };

function idsOf(name: string, version: string, rules: Parameters<typeof dependencyProblems>[1] = open): string[] {
  return dependencyProblems([{ name, version }], rules).map(({ id }) => id);
}

describe('what may be asked of a registry', () => {
  test.each([
    ['lodash', '4.17.21'],
    ['@scope/part', '^1.2.0 || ~2.0'],
    ['JSONStream', '>=1.0.0 <2'],
    ['left-pad', 'latest'],
    ['a.b_c~d', '1.x'],
    ['x', '*'],
    ['x', '1.0.0-beta.1+build'],
    ['x', 'next-14'],
  ])('%s at %s', (name, version) => {
    expect(idsOf(name, version)).toEqual([]);
  });

  test.each([
    ['', '1.0.0'],
    ['.hidden', '1.0.0'],
    ['_private', '1.0.0'],
    ['../up', '1.0.0'],
    ['a/b', '1.0.0'],
    ['@scope', '1.0.0'],
    ['@scope/', '1.0.0'],
    ['@a/b/c', '1.0.0'],
    ['a b', '1.0.0'],
    ['a@1', '1.0.0'],
    ['a\n', '1.0.0'],
    ['x'.repeat(215), '1.0.0'],
    ['x', ''],
    ['x', '-g'],
    ['x', '--registry=y'],
    ['x', 'https://example.com/x.tgz'],
    ['x', 'git+ssh://example.com/x'],
    ['x', 'someone/x'],
    ['x', 'file:../x'],
    ['x', '../x'],
    ['x', '.'],
    ['x', '~/x'],
    ['x', 'npm:y@1'],
    ['x', 'archive.tgz'],
    ['x', 'a.tar.gz'],
    ['x', '1.0.0\n'],
    ['x', '1'.repeat(101)],
  ])('never %j at %j', (name, version) => {
    expect(idsOf(name, version)).toEqual(['invalid_dependency']);
  });

  test('a package is there once', () => {
    const twice = ['1.0.0', '2.0.0'].map((version) => ({ name: 'x', version }));
    expect(dependencyProblems(twice, open).map(({ message }) => message)).toEqual(['The package "x" is there twice.']);
  });

  test('what the operator allows, and nothing where packages are off', () => {
    const rules = { on: true, allowed: ['lodash', '@ours/*'] };
    expect(idsOf('lodash', '4.0.0', rules)).toEqual([]);
    expect(idsOf('@ours/part', '1.0.0', rules)).toEqual([]);
    expect(idsOf('@others/part', '1.0.0', rules)).toEqual(['dependency_not_allowed']);
    expect(idsOf('lodash-es', '4.0.0', rules)).toEqual(['dependency_not_allowed']);
    expect(idsOf('lodash', '4.0.0', { on: false, allowed: ['*'] })).toEqual(['dependencies_off']);
    expect(dependencyProblems([], { on: false, allowed: [] })).toEqual([]);
    expect(isAllowed('@oursome/x', ['@ours/*'])).toBe(false);
  });
});

test('the package of an import', () => {
  expect(packageOf('lodash/fp/get.js')).toBe('lodash');
  expect(packageOf('@scope/part/sub')).toBe('@scope/part');
  for (const none of ['./x', '../x', '/etc/passwd', '#inner', 'https://example.com/x.js', '@scope', 'node:fs', ''])
    expect(packageOf(none)).toBeNull();
});
