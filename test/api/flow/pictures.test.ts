import { expect, it } from 'vitest';
import { fewBlueprints } from '#test/support/records';
import { testGraph } from '#test/support/graph';

it('a flow that is saved for the records that are there names the run that starts it, and is drawn as it is executed', async () => {
  const graph = await testGraph();
  await fewBlueprints(graph.app, graph.workspace.uuid);
  const save = async (field: 'createFlow' | 'upsertFlow', input: Readonly<Record<string, unknown>>) => {
    const name = field.replace('c', 'C').replace('u', 'U');
    const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename
      ... on ${name}Success { flow { svg mermaid steps { id } triggers { type } } run { status trigger steps { path } flowSvg flowMermaid } }
      ... on InvalidInputError { fields { path code } } ... on Error { code } } }`;
    return (await graph.answer(text, { input }))[field];
  };
  const card = {
    key: 'card',
    name: 'Card',
    type: 'SCORECARD',
    arguments: { blueprintId: 'ci', levels: [{ name: 'Named', conditions: [{ field: 'title', operator: 'neq', value: null }] }] },
  };
  expect(await save('createFlow', { ...card, trigger: true })).toMatchObject({
    flow: {
      // What its author wrote is told as it is; what is drawn is what happens.
      steps: [],
      triggers: [],
      svg: expect.stringMatching(/create or update of ci.*Compute the level/s) as string,
      mermaid: expect.stringContaining('Compute the level') as string,
    },
    // It starts runs over the flow, and is none.
    run: { status: 'QUEUED', trigger: 'MANUAL', steps: [], flowSvg: null, flowMermaid: null },
  });
  expect(await save('upsertFlow', card)).toMatchObject({ run: null });
  expect(await save('upsertFlow', { ...card, trigger: true, enabled: false })).toMatchObject({ run: null });
  expect(await save('upsertFlow', { ...card, arguments: { blueprintId: 'ci' } })).toMatchObject({
    fields: [{ path: ['arguments', 'levels'], code: 'REQUIRED' }],
  });
});
