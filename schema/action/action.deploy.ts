import { deployAction, rollBackAction } from '#domain/action/deploy.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { actionPlaceFields, place } from './action.inputs.js';
import { type Written, actionField, placeOf, write } from './action.mutations.js';

const DeployActionInput = builder.inputType('DeployActionInput', {
  description: `Which action to deploy. ${place}`,
  fields: (t) => ({
    ...actionPlaceFields(t),
    environment: t.string({ description: 'The key of the environment in which it goes live; `production` when absent.' }),
  }),
});

mutation<typeof DeployActionInput.$inferInput, Written>('deployAction', {
  description:
    'Makes the draft of an action live as a new version, with a copy of its secrets; where it is bound it acts from the next firing on. Without a change since the last time, that version stays. Refused while it is being built.',
  input: DeployActionInput,
  success: 'The draft is live.',
  fields: actionField('The action; its `deployedVersion` is what is live.'),
  run: ({ environment, ...input }, context) => write(context, (work) => deployAction(work, placeOf(context, input), { environment })),
});

const RollBackActionInput = builder.inputType('RollBackActionInput', {
  description: 'To which version an action goes back.',
  fields: (t) => ({
    version: t.id({ required: true, description: 'The id of the version.' }),
    environment: t.string({ description: 'The key of the environment; `production` when absent.' }),
    updateDraft: t.boolean({ description: 'Whether the draft becomes the same, too. False when absent: the draft stays as it is.' }),
  }),
});

mutation<typeof RollBackActionInput.$inferInput, Written>('rollBackAction', {
  description: 'Makes a new version that is equal to an earlier one, the secrets that it had included, and live at once.',
  input: RollBackActionInput,
  success: 'A version equal to the earlier one is live.',
  fields: actionField('The action; its `deployedVersion` is the new version.'),
  run: ({ version, ...input }, context) =>
    write(context, (work) => rollBackAction(work, decodeId('AutomationVersion', version, ['version']), input)),
});
