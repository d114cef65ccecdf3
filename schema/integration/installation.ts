import { Action } from '#schema/action/action';
import { builder } from '#schema/builder';
import { Integration, IntegrationRelease, loadIntegration, loadRelease } from './integration.js';

builder.objectFields(Action, (t) => ({
  integration: t.field({
    type: Integration,
    nullable: true,
    description: 'The integration that it comes from; null when it was written here.',
    resolve: async ({ releaseId }, _args, context) => {
      const release = releaseId === null ? null : await loadRelease(context, releaseId);
      return release === null ? null : loadIntegration(context, release.integrationId);
    },
  }),
  installedRelease: t.field({
    type: IntegrationRelease,
    nullable: true,
    description: 'The release whose code it has, as it was last saved; null when it was written here.',
    resolve: ({ releaseId }, _args, context) => (releaseId === null ? null : loadRelease(context, releaseId)),
  }),
}));
