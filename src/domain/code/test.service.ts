import type { Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { jsonProblem } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { ChainPlan, Json } from '#plan/plan';
import { LimitExceededError } from '#domain/errors';
import { invalid } from '#domain/input';
import type { Work } from '#domain/work';

/** What a worker needs to run a draft once. */
export interface TestRequest {
  /** Of a `code` step. */
  readonly args: { readonly [name: string]: Json };
  /** How it is called as an action of a trigger point; null: it is none. */
  readonly link: { readonly handler: string; readonly chain: ChainPlan } | null;
  readonly payload: Json;
  readonly timeoutMs: number | null;
}

/** What workers run beside code: whose it is says what is in it. */
export interface OtherTest {
  readonly kind: 'FLOW';
}

export interface TestAnswer {
  readonly output: Json;
  readonly commands: readonly { readonly command: string; readonly arguments: readonly Json[] }[];
  readonly logs: readonly { readonly level: string; readonly message: string; readonly afterMs: number }[];
  readonly calls: readonly {
    readonly method: string;
    readonly url: string;
    readonly statusCode: number | null;
    readonly error: string | null;
  }[];
  readonly durationMs: number;
  /** Null: it did not fail. */
  readonly error: { readonly code: string; readonly message: string; readonly line: number | null; readonly column: number | null } | null;
}

/** Each is a caller who waits; two of a workspace are run at a time by each worker. */
const mostTests = 50;

interface TestPlace {
  readonly workspaceId: string;
  readonly automationId: string;
}

/** Hands a test to the workers, and answers its id. Throws InvalidInputError (`payload`). */
export async function insertTest(work: Work, place: TestPlace, request: TestRequest): Promise<string> {
  assertPayload(work, 'payload', request.payload);
  return queueTest(work, place, request);
}

/** Throws InvalidInputError for what cannot be the input of a run. */
export function assertPayload({ platform }: Pick<Work, 'platform'>, field: string, payload: Json): void {
  const { run } = platform.config;
  const problem = jsonProblem(payload, run.jsonDepth);
  if (problem !== null) throw invalid([field], problem.message, problem.code);
  if (Buffer.byteLength(JSON.stringify(payload)) > run.inputBytes)
    throw invalid([field], `A payload has at most ${run.inputBytes} bytes.`, 'TOO_LONG');
}

/** The same for a test that was checked. */
export async function queueTest(work: Work, place: TestPlace, request: TestRequest | OtherTest): Promise<string> {
  const { workspaceId } = place;
  if ((await work.tx.codeTest.count({ where: { workspaceId } })) >= mostTests)
    throw new LimitExceededError(`A workspace has at most ${mostTests} tests that are waited for.`, mostTests, 1_000);
  const id = newId();
  await work.tx.codeTest.create({ data: { id, ...place, request: request as unknown as Prisma.InputJsonObject, createdAt: work.now } });
  work.wake('tests', []);
  return id;
}

/** Between two looks that no wake-up asked for. */
const pollMs = 250;

/** What came of a test; null: no worker answered in time. Either way nothing of it is left. */
export async function takeAnswer<Answer = TestAnswer>(
  { db, wake }: Pick<Platform, 'db' | 'wake'>,
  id: string,
  ms: number,
): Promise<Answer | null> {
  const deadline = performance.now() + ms;
  let poke: () => void = () => undefined;
  const unhear = wake.on('tests', (ids) => {
    if (ids.length === 0 || ids.includes(id)) poke();
  });
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => (poke = resolve));
      const row = await db.prisma.codeTest.findUnique({ where: { id }, select: { answer: true } });
      if (row?.answer !== null || performance.now() > deadline) return (row?.answer ?? null) as Answer | null;
      const timer = setTimeout(poke, pollMs);
      await woken;
      clearTimeout(timer);
    }
  } finally {
    unhear();
    await db.prisma.codeTest.deleteMany({ where: { id } });
  }
}
