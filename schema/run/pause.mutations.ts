import type { Pause as PauseRow } from '#platform/db/generated/prisma/client';
import { type PauseSubject, pause, resume } from '#domain/run/pause.service';
import { invalid } from '#domain/input';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { mutation } from '#schema/mutation';
import { automationNames, decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { readBack } from '#schema/tenant/read-back';
import { Pause, loadPause } from './pause.js';

interface Subject {
  readonly workspace?: string | null | undefined;
  readonly app?: string | null | undefined;
  readonly automation?: string | null | undefined;
  readonly host?: string | null | undefined;
}

/** Exactly one subject; `workspace` beside a host says whose calls of it. */
function subjectOf(context: SignedIn, { workspace, app, automation, host }: Subject): PauseSubject {
  const given = [
    typeof app === 'string',
    typeof automation === 'string',
    typeof host === 'string',
    typeof workspace === 'string' && typeof host !== 'string',
  ];
  if (given.filter(Boolean).length !== 1)
    throw invalid(
      ['workspace'],
      'Give exactly one of workspace, app, automation and host; beside a host, workspace says whose calls.',
      'ONE_OF',
    );
  if (typeof app === 'string') return { kind: 'APP', id: decodeId('App', app, ['app']) };
  if (typeof automation === 'string') return { kind: 'AUTOMATION', id: decodeId(automationNames, automation, ['automation']) };
  if (typeof host === 'string') return { kind: 'HOST', workspaceId: workspaceOf(context, workspace), host };
  return { kind: 'WORKSPACE', id: workspaceOf(context, workspace) };
}

const PauseInput = builder.inputType('PauseInput', {
  description: 'What to hold back: exactly one of these.',
  fields: (t) => ({
    workspace: t.id({ description: 'A workspace with all of its runs. Beside `host`: whose calls; your only workspace when absent.' }),
    app: t.id({ description: "The runs of an app's automations." }),
    automation: t.id({ description: 'The runs of an automation.' }),
    host: t.string({ description: 'Calls of a host: `api.example.com`, `api.example.com:8443` or a URL of it.' }),
    reason: t.string({ description: 'Why, for the people who meet it, in up to 500 characters.' }),
  }),
});

mutation<typeof PauseInput.$inferInput, { readonly id: string }>('pause', {
  description:
    'Holds back the runs of a workspace, an app or an automation, or the calls of a host. They are accepted and queued, shown as WAITING, and executed after `resume`. Pausing what is paused answers the pause that is there.',
  input: PauseInput,
  success: 'It is paused.',
  fields: (t) => ({
    pause: t.field({ type: Pause, description: 'The pause.', resolve: ({ id }, _args, context) => readBack(loadPause, context, id) }),
  }),
  run: async ({ reason, ...subject }, context) => ({
    id: await transact(context.app, context.viewer, (work) =>
      pause(work, { subject: subjectOf(context, subject), reason: reason ?? undefined }),
    ),
  }),
});

const ResumeInput = builder.inputType('ResumeInput', {
  description: 'Which pause to end: by its id, or by exactly one of what it holds back.',
  fields: (t) => ({
    id: t.id({ description: 'The id of the pause.' }),
    workspace: t.id({ description: 'A paused workspace. Beside `host`: whose calls; your only workspace when absent.' }),
    app: t.id({ description: 'A paused app.' }),
    automation: t.id({ description: 'A paused automation.' }),
    host: t.string({ description: 'A paused host.' }),
  }),
});

mutation<typeof ResumeInput.$inferInput, { readonly ended: PauseRow | null }>('resume', {
  description:
    'Ends a pause: what it held back is queued again within a second, by priority and age. Resuming what is not paused is no error, but the id of a pause that has ended is not found.',
  input: ResumeInput,
  success: 'It is not paused.',
  fields: (t) => ({
    pause: t.field({
      type: Pause,
      nullable: true,
      description: 'The pause as it was; null when there was none.',
      resolve: ({ ended }) => ended,
    }),
  }),
  run: async ({ id, ...subject }, context) => {
    if (typeof id === 'string' && Object.values(subject).some((value) => typeof value === 'string'))
      throw invalid(['id'], 'Give the id of a pause or what it holds back.', 'ONE_OF');
    const ending = typeof id === 'string' ? { id: decodeId('Pause', id) } : { subject: subjectOf(context, subject) };
    return { ended: await transact(context.app, context.viewer, (work) => resume(work, ending)) };
  },
});
