import { expect, test } from 'vitest';
import { compareVersions, isVersion } from '#domain/integration/integration.version';

test('versions are in the order of semantic versioning', () => {
  const ordered = [
    '0.9.9',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
});

test('what is no semantic version is told', () => {
  expect(['1.2.3', '0.0.1', '1.0.0-rc.1'].every(isVersion)).toBe(true);
  for (const text of ['1.2', 'v1.2.3', '01.2.3', '1.2.3-', '1.2.3+build', 'latest', '']) expect(isVersion(text)).toBe(false);
});
