import { type AskedCommand, type Decision as Decided, chainOutputOf } from '#domain/run/run.decision';
import type { LightStep } from '#domain/run/run.steps';
import { loadVersion, AutomationVersion } from '#schema/automation/version';
import { builder, heavyComplexity } from '#schema/builder';
import { madeOf } from '#schema/columns';
import type { SignedIn } from '#schema/context';
import { enumType } from '#schema/enums';
import { type LightRun, Run, outputOf } from './run.js';
import { StepRun } from './step-run.js';

const DecisionKind = enumType<Decided['kind']>('DecisionKind', 'What a trigger point came to.', {
  ALLOW: 'No action refused.',
  DENY: 'An action refused, and the next ones did not run.',
  REDIRECT: 'An action sends the person elsewhere; the execution goes on when they are back.',
});

export const Decision = builder.objectRef<Decided>('Decision').implement({
  description: 'What the actions of a trigger point decided.',
  fields: (t) => ({
    kind: t.expose('kind', { type: DecisionKind, description: 'What it came to.' }),
    action: t.exposeString('action', { nullable: true, description: 'Key of the action that refused or redirected.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it refused.' }),
    url: t.exposeString('url', { nullable: true, description: 'Where the person is to be sent.' }),
  }),
});

export const RunCommand = builder.objectRef<AskedCommand>('RunCommand').implement({
  description: 'What an action of a trigger point asked whoever fired it to do.',
  fields: (t) => ({
    action: t.exposeString('action', { description: 'Key of the action.' }),
    command: t.exposeString('command', { description: 'Name of the command, as the action called it: `idToken.setCustomClaim`.' }),
    arguments: t.field({
      type: ['JSON'],
      nullable: { list: false, items: true },
      description: 'Its arguments.',
      resolve: (row) => [...row.arguments],
    }),
  }),
});

/** Null while nothing is decided, and for a run that an error or its time stopped: nobody may take that for a yes. */
export async function decisionOf(context: SignedIn, run: LightRun): Promise<Decided | null> {
  if (run.triggerPoint === null || (run.status !== 'SUCCEEDED' && run.status !== 'WAITING')) return null;
  return chainOutputOf(run, await outputOf(context, run))?.decision ?? null;
}

export async function commandsOf(context: SignedIn, run: LightRun): Promise<readonly AskedCommand[]> {
  return run.triggerPoint === null ? [] : (chainOutputOf(run, await outputOf(context, run))?.commands ?? []);
}

/** Fields of whatever has a run of a trigger point. */
builder.objectFields(Run, (t) => ({
  triggerPoint: t.exposeString('triggerPoint', {
    nullable: true,
    description: 'Key of the trigger point that was fired; null for a run of an automation.',
  }),
  decision: t.field({
    type: Decision,
    nullable: true,
    description:
      'What the actions of the trigger point decided. Null before, for other runs, and when an error or the time stopped them: take that as a refusal.',
    complexity: heavyComplexity,
    resolve: (run, _args, context) => decisionOf(context, run),
  }),
  commands: t.field({
    type: [RunCommand],
    description: 'What the actions of the trigger point asked for, in order; those before a refusal or an error among them.',
    complexity: heavyComplexity,
    resolve: async (run, _args, context) => [...(await commandsOf(context, run))],
  }),
}));

builder.objectFields(StepRun, (t) => ({
  version: t.field({
    type: AutomationVersion,
    nullable: true,
    description: 'The version of the action that it executed, in an execution of a trigger point.',
    ...madeOf<LightStep>('versionId'),
    resolve: ({ versionId }, _args, context) => (versionId === null ? null : loadVersion(context, versionId)),
  }),
}));
