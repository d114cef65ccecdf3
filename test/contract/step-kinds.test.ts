import { describe, expect, test } from 'vitest';
import { stepKinds } from '#plan/step-kinds';
import { controlKinds, stepImplementations } from '#worker/steps/index';

describe('step kinds', () => {
  test('each has an implementation, and each implementation is of a kind', () => {
    // Control kinds are what the interpreter of flows executes by itself.
    expect([...Object.keys(stepImplementations), ...controlKinds].sort()).toEqual(Object.keys(stepKinds).sort());
  });

  test('each is registered under its own name and says what it does', () => {
    for (const [name, definition] of Object.entries(stepKinds)) {
      expect(definition.kind).toBe(name);
      expect(definition.title).not.toBe('');
      expect(definition.description).toMatch(/\.$/);
    }
  });
});
