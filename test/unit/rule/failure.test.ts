import { expect, test } from 'vitest';
import { RuleFault } from '#language/rule/rule-error';
import { actionFailure } from '#domain/rule/rule.failure';
import { read } from '#test/unit/language/rule/fixture';

test('a limit that an action meets is told at the action, and is no fault of ours', () => {
  const rule = read({ actions: "a1: add note 'x'\na2: set team = 'Q'" });
  const failure = actionFailure(new RuleFault('TOO_LONG', 'This looks at every record.', 0), rule, 'a2');
  expect(failure).toMatchObject({ code: 'TOO_LONG', message: 'This looks at every record.', block: 'actions', line: 2, label: 'a2' });
  expect(actionFailure(new Error('lost'), rule, 'a2')).toBeNull();
});
