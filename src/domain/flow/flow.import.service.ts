import { findAutomation } from '#domain/automation/automation.service';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import { invalid, parseInput, retold } from '#domain/input';
import { jsonProblem } from '#platform/json';
import { canonicalJson } from '#plan/hash';
import { assertCan } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { documentedFlow } from './flow.export.js';
import { specProblems } from './flow.check.js';
import { documentPath, type ImportedDocument, writeDocument } from './flow.document.js';
import { upsertInput } from './flow.input.js';
import { documentsIn, type ReadFlow, readDocument } from './flow.read.js';
import { putFlow, readSpec } from './flow.service.js';
import type { FlowSpec } from './flow.spec.js';
import { flow } from './flow.write.service.js';

/** As many as a reader takes in. */
const mostProblems = 100;

/** A flow that was imported. */
export interface ImportedFlow {
  readonly id: string;
  readonly change: 'CREATED' | 'CHANGED' | 'UNCHANGED';
}

/**
 * Makes the flows of a document, or of a list of them, be as they say: all or none. Secrets that a document does not have stay. One with steps
 * that have no arguments, though their kinds need some, is imported switched off. Throws InvalidInputError with what is wrong with any of them;
 * paths begin with `document` and go on in its words.
 */
export async function importFlows(work: Work, workspaceId: string, given: unknown): Promise<readonly ImportedFlow[]> {
  assertCan(work.viewer, workspaceId, 'automation.write');
  const problem = jsonProblem(given, work.platform.config.run.jsonDepth);
  if (problem !== null) throw invalid(['document'], problem.message, problem.code);
  const problems: FieldProblem[] = [];
  const made: ImportedFlow[] = [];
  for (const { place, document } of documentsIn(given))
    try {
      made.push(await importFlow(work, workspaceId, readDocument(document)));
    } catch (error) {
      // What the others have written is undone at the end.
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(...error.fields.map((field) => ({ ...field, path: ['document', ...place, ...field.path] })));
    }
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, mostProblems));
  return made;
}

function importFlow(work: Work, workspaceId: string, { document, ...input }: ReadFlow): Promise<ImportedFlow> {
  const write = async (): Promise<ImportedFlow> => {
    const given = parseInput(upsertInput(work.platform.config), { ...input, workspaceId });
    const parsed = isFinished(readSpec(null, given, { unfinished: true })) ? given : { ...given, enabled: false };
    const known = await findAutomation(work, flow.kind, { workspaceId, key: parsed.key });
    const before = known === null ? null : writeDocument(await documentedFlow(work.tx, known.id));
    const { id } = await putFlow(work, 'importFlow', parsed, { unfinished: true });
    const written = writeDocument(await documentedFlow(work.tx, id));
    const { secrets: _secrets, ...kept } = document;
    const imported = { document: kept, written } satisfies ImportedDocument;
    await work.tx.flow.update({ where: { automationId: id }, data: { imported } });
    if (before === null) return { id, change: 'CREATED' };
    return { id, change: canonicalJson(before) === canonicalJson(written) ? 'UNCHANGED' : 'CHANGED' };
  };
  return retold(write, (field) => ({ ...field, path: documentPath(field.path, input.secrets) }));
}

const isFinished = (spec: FlowSpec): boolean => specProblems(spec).length === 0;
