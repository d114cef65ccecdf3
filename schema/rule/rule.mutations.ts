import { createRule, deleteRule, disableRule, enableRule, rollBackRule, updateRule, upsertRule } from '#domain/rule/rule.service';
import { loadRule } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { CreateRuleInput, UpdateRuleInput, UpsertRuleInput } from './rule.inputs.js';
import { Rule } from './rule.js';

const ruleField = (description: string) => writtenField('rule', Rule, loadRule, description);

const places = 'What is wrong with its texts is told with path, line, column and code.';

mutation<typeof CreateRuleInput.$inferInput, Written>('createRule', {
  description: `Makes a rule, live at once. ${places}`,
  input: CreateRuleInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The rule is there.',
  fields: ruleField('The new rule.'),
  run: ({ workspace, app, ...input }, context) =>
    write(context, (work) =>
      createRule(work, { ...input, app: referenceOf('App', app, ['app']), workspaceId: workspaceOf(context, workspace) }),
    ),
});

mutation<typeof UpdateRuleInput.$inferInput, Written>('updateRule', {
  description: `Changes a rule, live at once. ${places} Refused while other rules trigger it after a delay, and could not any more.`,
  input: UpdateRuleInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The rule is changed.',
  fields: ruleField('The rule as it is now.'),
  run: ({ id, key, workspace, owner, ...changes }, context) =>
    write(context, (work) =>
      updateRule(work, placeOf('Rule', context, { id, key, workspace }), {
        ...changes,
        owner: typeof owner === 'string' ? decodeId('User', owner, ['owner']) : owner,
      }),
    ),
});

mutation<typeof UpsertRuleInput.$inferInput, Written>('upsertRule', {
  description: `Makes the rule with a key be as given, whether it is there already or not. ${places}`,
  input: UpsertRuleInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The rule is as given.',
  fields: ruleField('The rule.'),
  run: ({ workspace, app, ...input }, context) =>
    write(context, (work) =>
      upsertRule(work, { ...input, app: referenceOf('App', app, ['app']), workspaceId: workspaceOf(context, workspace) }),
    ),
});

const DeleteRuleInput = placeInput('DeleteRuleInput', 'Which rule to delete.');

mutation<typeof DeleteRuleInput.$inferInput, Written>('deleteRule', {
  description:
    'Deletes a rule: its key is free again, and what it was to do after a delay is dropped. Its runs stay. Refused while other rules trigger it after a delay.',
  input: DeleteRuleInput,
  success: 'The rule is deleted.',
  fields: deletedField('Rule'),
  run: (input, context) => write(context, (work) => deleteRule(work, placeOf('Rule', context, input))),
});

const EnableRuleInput = placeInput('EnableRuleInput', 'Which rule to enable.');

mutation<typeof EnableRuleInput.$inferInput, Written>('enableRule', {
  description: 'Lets a rule act again, on what happens from now on.',
  input: EnableRuleInput,
  success: 'The rule acts.',
  fields: ruleField('The rule.'),
  run: (input, context) => write(context, (work) => enableRule(work, placeOf('Rule', context, input))),
});

const DisableRuleInput = placeInput('DisableRuleInput', 'Which rule to disable.');

mutation<typeof DisableRuleInput.$inferInput, Written>('disableRule', {
  description: 'Keeps a rule from acting.',
  input: DisableRuleInput,
  success: 'The rule no longer acts.',
  fields: ruleField('The rule.'),
  run: (input, context) => write(context, (work) => disableRule(work, placeOf('Rule', context, input))),
});

const RollBackRuleInput = builder.inputType('RollBackRuleInput', {
  description: 'To which version a rule goes back.',
  fields: (t) => ({ version: t.id({ required: true, description: 'The id of one of its versions.' }) }),
});

mutation<typeof RollBackRuleInput.$inferInput, Written>('rollBackRule', {
  description:
    'Makes a rule say what it said in an earlier version, live at once as a new version. It is checked as if it were written now.',
  input: RollBackRuleInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The rule says what that version said.',
  fields: ruleField('The rule as it is now.'),
  run: ({ version }, context) => write(context, (work) => rollBackRule(work, decodeId('AutomationVersion', version, ['version']))),
});
