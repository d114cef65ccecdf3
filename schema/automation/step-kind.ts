import { type StepEffect, type StepKind as Definition, isStepKind, schemasOf, stepKinds } from '#plan/step-kinds';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';

const Effect = enumType<StepEffect>('StepEffect', 'What a step may do outside its own output.', {
  HTTP: 'Call other servers.',
  RECORD: 'Change records.',
  MESSAGE: 'Send messages.',
});

const StepKind = builder.objectRef<Definition>('StepKind').implement({
  description: 'A kind of step, with what a client needs to draw its form.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'Its name, as steps have it.' }),
    title: t.exposeString('title', { description: 'Its name, as people read it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    argumentSchema: t.field({
      type: 'JSONObject',
      description: 'Its arguments, as JSON Schema 2020-12.',
      resolve: ({ kind }) => schemaOf(kind, 'argumentSchema'),
    }),
    outputSchema: t.field({
      type: 'JSONObject',
      description: 'Its output, as JSON Schema 2020-12.',
      resolve: ({ kind }) => schemaOf(kind, 'outputSchema'),
    }),
    timeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'For one attempt, when the step names none; null: the default of the server for code.',
      resolve: ({ timeoutMs }) => timeoutMs,
    }),
    effects: t.field({ type: [Effect], description: 'What it may do outside its own output.', resolve: ({ effects }) => [...effects] }),
  }),
});

function schemaOf(kind: string, which: 'argumentSchema' | 'outputSchema') {
  const schema = isStepKind(kind) ? schemasOf(kind)[which] : {};
  return schema as Readonly<Record<string, unknown>>;
}

builder.queryField('stepKinds', (t) =>
  t.field({
    type: [StepKind],
    description: 'All kinds of steps.',
    complexity: { field: 1, multiplier: 10 },
    resolve: () => Object.values<Definition>(stepKinds),
  }),
);
