import { builder } from '#schema/builder';
import { User, loadUser } from '#schema/tenant/user';
import { Automation } from './automation.js';

builder.interfaceFields(Automation, (t) => ({
  owner: t.field({
    type: User,
    nullable: true,
    description: 'Who hears of its failures: the person who made it, until another one is named; null when no person does.',
    resolve: ({ ownerId }, _args, context) => (ownerId === null ? null : loadUser(context, ownerId)),
  }),
  notifyOwner: t.exposeBoolean('notifyOwner', { description: 'Whether the owner gets an e-mail when a run fails.' }),
}));
