import { describe, expect, test } from 'vitest';
import { existingKind } from '#domain/flow/flow.existing';
import { stepKinds } from '#plan/step-kinds';
import { controlKinds, stepImplementations } from '#worker/steps/index';

describe('step kinds', () => {
  test('each has an implementation, and each implementation is of a kind', () => {
    // No author writes the one step of the runs that start others.
    const implemented = Object.keys(stepImplementations).filter((kind) => kind !== existingKind);
    expect([...implemented, ...controlKinds].sort()).toEqual(Object.keys(stepKinds).sort());
  });

  test('each is registered under its own name and says what it does', () => {
    for (const [name, definition] of Object.entries(stepKinds)) {
      expect(definition.kind).toBe(name);
      expect(definition.title).not.toBe('');
      expect(definition.description).toMatch(/\.$/);
    }
  });
});
