import { findAutomation } from '#domain/automation/automation.service';
import { InvalidInputError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { jsonProblem } from '#platform/json';
import { canonicalJson } from '#plan/hash';
import { assertCan } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { documentedFlow } from './flow.export.js';
import { type ImportedDocument, writeDocument } from './flow.document.js';
import { upsertInput } from './flow.input.js';
import { type ReadFlow, readDocuments } from './flow.read.js';
import { putFlow } from './flow.service.js';
import { flow } from './flow.write.service.js';

/** A flow that was imported. */
export interface ImportedFlow {
  readonly id: string;
  readonly change: 'CREATED' | 'CHANGED' | 'UNCHANGED';
}

/**
 * Makes the flows of a document, or of a list of them, be as they say: all or none. Secrets that a document does not have stay. Throws
 * InvalidInputError with paths that begin with `document`.
 */
export async function importFlows(work: Work, workspaceId: string, given: unknown): Promise<readonly ImportedFlow[]> {
  assertCan(work.viewer, workspaceId, 'automation.write');
  const problem = jsonProblem(given, work.platform.config.run.jsonDepth);
  if (problem !== null) throw invalid(['document'], problem.message, problem.code);
  const flows = readDocuments(given);
  const made: ImportedFlow[] = [];
  for (const [index, one] of flows.entries()) {
    const place = Array.isArray(given) || flows.length > 1 ? ['document', String(index)] : ['document'];
    made.push(await importFlow(work, workspaceId, one, place));
  }
  return made;
}

/** What the fields of an input are called in a document. */
const documentFields: Readonly<Record<string, string>> = {
  key: 'id',
  name: 'title',
  enabled: 'isActive',
  position: 'order',
  steps: 'actions',
  kind: 'type',
};

async function importFlow(
  work: Work,
  workspaceId: string,
  { document, ...input }: ReadFlow,
  place: readonly string[],
): Promise<ImportedFlow> {
  try {
    const parsed = parseInput(upsertInput(work.platform.config), { ...input, workspaceId });
    const known = await findAutomation(work, flow.kind, { workspaceId, key: parsed.key });
    const before = known === null ? null : writeDocument(await documentedFlow(work.tx, known.id));
    const { id } = await putFlow(work, 'importFlow', parsed);
    const written = writeDocument(await documentedFlow(work.tx, id));
    const { secrets: _secrets, ...kept } = document;
    const imported = { document: kept, written } satisfies ImportedDocument;
    await work.tx.flow.update({ where: { automationId: id }, data: { imported } });
    if (before === null) return { id, change: 'CREATED' };
    return { id, change: canonicalJson(before) === canonicalJson(written) ? 'UNCHANGED' : 'CHANGED' };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(
      error.fields.map((field) => ({ ...field, path: [...place, ...field.path.map((name) => documentFields[name] ?? name)] })),
    );
  }
}
