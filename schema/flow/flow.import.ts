import { exportFlows } from '#domain/flow/flow.export';
import { type ImportedFlow as Imported, importFlows } from '#domain/flow/flow.import.service';
import { invalid } from '#domain/input';
import { transact } from '#platform/work/work';
import { loadFlow } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { enumType } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { RowChange } from '#schema/rule/rule.import';
import { workspaceOf } from '#schema/scope';
import { Flow } from './flow.js';

export const FlowFormat = enumType<'RELYIO'>('FlowFormat', 'How documents of flows are written.', {
  RELYIO: 'As the API of Rely.io takes and answers them.',
});

const ImportedFlow = builder.objectRef<Imported>('ImportedFlow').implement({
  description: 'A flow of a document.',
  fields: (t) => ({
    change: t.expose('change', { type: RowChange, description: 'What became of it.' }),
    flow: t.field({
      type: Flow,
      nullable: true,
      description: 'The flow.',
      resolve: ({ id }, _args, context) => loadFlow(context, id),
    }),
  }),
});

const ImportFlowInput = builder.inputType('ImportFlowInput', {
  description: 'Flows of another product.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where they belong; not needed when the viewer belongs to one workspace.' }),
    format: t.field({ type: FlowFormat, required: true, description: 'How the document is written.' }),
    document: t.field({
      type: 'JSON',
      required: true,
      description: 'One flow, a list of at most 200, or what a list of that product answers (`items`).',
    }),
  }),
});

interface Answer {
  readonly flows: readonly Imported[];
}

mutation<typeof ImportFlowInput.$inferInput, Answer>('importFlow', {
  description:
    'Makes or changes the flows of a document, by their keys: all or none. Secrets that it does not have stay. `exportFlow` gives the document back, key for key, but for its secrets. Paths of errors begin with `document`.',
  input: ImportFlowInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The flows are as the document says.',
  fields: (t) => ({
    flows: t.field({
      type: [ImportedFlow],
      description: 'The flows, in the order of the document.',
      complexity: { field: heavyComplexity, multiplier: 20 },
      resolve: ({ flows }) => [...flows],
    }),
  }),
  run: async ({ workspace, document }, context) => ({
    flows: await transact(context.app, context.viewer, (work) => importFlows(work, workspaceOf(context, workspace), document), {
      timeoutMs: importMs,
    }),
  }),
});

/** Two hundred flows, each with triggers and a schedule. */
const importMs = 60_000;

builder.queryField('exportFlow', (t) =>
  t.field({
    type: ['JSONObject'],
    nullable: { list: false, items: true },
    description:
      'Flows as documents of another product, in the order of the ids; null where there is none that the viewer may see. Secrets are not in them.',
    args: {
      ids: t.arg.idList({ required: true, description: 'The ids of the flows, at most 200.' }),
      format: t.arg({ type: FlowFormat, required: true, description: 'How they are written.' }),
    },
    complexity: ({ ids }) => ({ field: heavyComplexity, multiplier: Math.max(1, ids.length) }),
    resolve: async (_root, { ids }, { app, viewer }) => {
      if (ids.length > mostExported) throw invalid(['ids'], `At most ${mostExported} flows at once.`, 'TOO_LONG');
      const uuids = ids.map((id, index) => decodeId('Flow', id, ['ids', String(index)]));
      const documents = await exportFlows(app.db.prisma, viewer, uuids);
      return uuids.map((uuid) => documents.get(uuid) ?? null);
    },
  }),
);

const mostExported = 200;
