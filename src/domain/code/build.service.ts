import { createHash } from 'node:crypto';
import type { BuildError, BuildRequest } from '#platform/build/build';
import type { Build, Prisma } from '#platform/db/generated/prisma/client';
import type { CodeProblem } from '#language/code';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { Work } from '#domain/work';

export type { BuildError };

export function buildHash(request: BuildRequest): string {
  return createHash('sha256')
    .update(canonicalJson(request as unknown as Json))
    .digest('hex');
}

/** Whether the text can be executed as it is. */
function isPlain({ language, dependencies, modules }: BuildRequest): boolean {
  return language === 'JAVASCRIPT' && dependencies.length === 0 && modules.length === 0;
}

/**
 * The build of a code: the one that is there, or a new one. What can be executed as it is is BUILT, or FAILED, at once; the rest is a
 * worker's. One that failed is tried anew: what it needs may be there by now.
 */
export async function ensureBuild(work: Work, request: BuildRequest, check: (code: string) => CodeProblem | null): Promise<Build> {
  const hash = buildHash(request);
  const plain = isPlain(request);
  const problem = plain ? check(request.code) : null;
  const errors = problem === null ? [] : [syntaxError(problem)];
  const status = !plain ? 'PENDING' : problem === null ? 'BUILT' : 'FAILED';
  await work.tx.build.createMany({
    data: {
      hash,
      status,
      request: request as unknown as Prisma.InputJsonObject,
      bundle: status === 'BUILT' ? request.code : null,
      errors: errors as unknown as Prisma.InputJsonArray,
      builtAt: status === 'BUILT' ? work.now : null,
      createdAt: work.now,
      updatedAt: work.now,
    },
    skipDuplicates: true,
  });
  if (!plain) {
    const again = {
      status: 'PENDING',
      errors: [],
      attempts: 0,
      notBefore: null,
      leaseOwner: null,
      leaseUntil: null,
      updatedAt: work.now,
    } as const;
    await work.tx.build.updateMany({ where: { hash, status: 'FAILED' }, data: again });
    work.wake('builds', []);
  }
  return work.tx.build.findUniqueOrThrow({ where: { hash } });
}

function syntaxError({ code, message, line, column }: CodeProblem): BuildError {
  return { id: code.toLowerCase() as Lowercase<typeof code>, message, url: null, line, column };
}
