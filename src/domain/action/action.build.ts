import type { BuildModule } from '#platform/build/build';
import type { Automation, Build } from '#platform/db/generated/prisma/client';
import { type CodeProblem, checkCode, checkHandlerCode } from '#language/code';
import { ensureBuild } from '#domain/code/build.service';
import { InvalidInputError } from '#domain/errors';
import { type Point, findPoint } from '#domain/point/point.policy';
import type { Work } from '#domain/work';
import type { ModuleUse } from './action.code.js';
import type { ActionSpec } from './action.spec.js';

/** What decides how an action's code is treated, beside its spec. */
export type Publishing = Pick<Automation, 'publishPolicy' | 'triggerPoint'>;

/** Whether the code is executed as it was written, checked at the save and carried by its plan. */
export function isDirect(spec: ActionSpec, { publishPolicy, triggerPoint }: Publishing): boolean {
  const plain = spec.language === undefined && spec.dependencies === undefined && spec.modules === undefined;
  return plain && publishPolicy === 'AUTO' && triggerPoint === null;
}

/** The build of a spec; null for one that needs none. Throws InvalidInputError for code that would go live at once and cannot. */
export async function buildOf(
  work: Work,
  automation: Publishing & Pick<Automation, 'workspaceId'>,
  spec: ActionSpec,
): Promise<Build | null> {
  const { code } = spec;
  if (code === undefined || isDirect(spec, automation)) return null;
  const handlers = handlersOf(await pointOf(work, automation));
  const build = await ensureBuild(
    work,
    {
      language: spec.language ?? 'JAVASCRIPT',
      code,
      dependencies: spec.dependencies ?? [],
      modules: await modulesOf(work, spec.modules ?? []),
      handlers,
    },
    (text) => check(text, handlers),
  );
  if (automation.publishPolicy === 'AUTO' && build.status === 'FAILED') throw refused(build);
  return build;
}

function check(code: string, [handler, ...others]: readonly string[]): CodeProblem | null {
  return handler === undefined ? checkCode(code) : checkHandlerCode(code, [handler, ...others]);
}

function refused({ errors }: Build): InvalidInputError {
  const found = errors as unknown as readonly {
    readonly id: string;
    readonly message: string;
    readonly line: number;
    readonly column: number;
  }[];
  return new InvalidInputError(
    found.map(({ id, message, line, column }) => ({ path: ['code'], message, code: id.toUpperCase(), line, column })),
  );
}

async function modulesOf(work: Work, uses: readonly ModuleUse[]): Promise<BuildModule[]> {
  const modules: BuildModule[] = [];
  for (const { id: moduleId, number } of uses) {
    const { language, code, module } = await work.tx.moduleVersion.findUniqueOrThrow({
      where: { moduleId_number: { moduleId, number } },
      include: { module: { select: { key: true } } },
    });
    modules.push({ name: module.key, language, code });
  }
  return modules;
}

/** The trigger point that an action is made for; null: for none. */
export function pointOf(work: Work, { workspaceId, triggerPoint }: Publishing & Pick<Automation, 'workspaceId'>): Promise<Point | null> {
  return triggerPoint === null ? Promise.resolve(null) : findPoint(work.tx, workspaceId, triggerPoint);
}

/** The exports that may handle a point; none: the default export alone is called. */
function handlersOf(point: Point | null): string[] {
  return point === null ? [] : [point.handler, ...(point.resume === null ? [] : [point.resume])];
}
