import { OutgoingError, type OutgoingErrorCode, outgoingErrorCodes } from '#platform/http/outgoing';
import { callableUrl } from '#platform/http/redirect';
import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { Effect } from '#platform/db/generated/prisma/client';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { EffectMessage } from '#domain/run/run.effect';
import { readStoredSteps, type StoredStep } from '#domain/run/run.write';
import type { Calls, StepRequest } from './calls.js';
import { createShown } from './calls.shown.js';
import { isObject } from './chain.commands.js';
import { argsHashOf, type CallPlace, isActing, isRecorded, noRecording, type StandIn } from './stand-in.js';
import { StepCancels, StepError, type StepImplementation, StepNothing } from './steps/step.js';

/** What answers the steps of a run that is done again without doing anything outside of it; undefined: it is no such run. */
export async function recordingOf(platform: Platform, { replayedFromId, replayEffects }: ClaimedRun): Promise<StandIn | undefined> {
  if (replayEffects !== 'RECORDED') return undefined;
  const { sql, prisma } = platform.db;
  // The run that it does again may be forgotten meanwhile: then nothing fits.
  const [steps, effects] =
    replayedFromId === null
      ? [[], []]
      : await Promise.all([
          readStoredSteps(sql, replayedFromId),
          prisma.effect.findMany({ where: { runId: replayedFromId }, orderBy: { attempt: 'asc' } }),
        ]);
  const byPath = new Map(steps.map((step) => [step.path, step]));
  // Of several attempts of a call the last one.
  const byCall = new Map(effects.map((effect) => [callOf(effect.stepPath, effect.ordinal), effect]));
  return {
    implementation: (kind, real) => (isRecorded(kind) ? recorded(byPath, kind, real) : real),
    calls: (place) => recordedCalls(platform, place, byCall),
  };
}

const callOf = (path: string, ordinal: number): string => `${ordinal} ${path}`;

const missing = (path: string, why: string): StepError =>
  new StepError({ code: noRecording, message: `Nothing that was recorded fits the step ${path}: ${why}`, retryable: false });

function recorded(steps: ReadonlyMap<string, StoredStep>, kind: string, real: StepImplementation): StepImplementation {
  return {
    execute: async (call) => {
      const was = steps.get(call.path);
      const answered = was?.argsHash === argsHashOf(call.args) ? answerOf(was) : undefined;
      if (answered !== undefined) return answered;
      if (!isActing(kind)) return real.execute(call);
      throw missing(call.path, was === undefined ? 'it was not executed then.' : 'it was given something else, or did not end.');
    },
  };
}

/** What a step came to; undefined: it did not end. */
function answerOf({ status, output, wait, errorCode, errorMessage }: StoredStep): Json | undefined {
  const [code, message] = [errorCode ?? 'UNKNOWN', errorMessage ?? ''];
  switch (status) {
    case 'SUCCEEDED':
      return output;
    case 'SKIPPED':
      throw new StepNothing(isObject(wait) && wait['stops'] === true);
    case 'FAILED':
    case 'TIMED_OUT':
      throw new StepError({ code, message, retryable: false });
    case 'CANCELED':
      if (code === 'REJECTED' || code === 'APPROVAL_EXPIRED') throw new StepCancels(code, message);
      return undefined;
    case 'RUNNING':
    case 'RETRYING':
    case 'WAITING':
      return undefined;
  }
}

/** Calls that are answered as they were then; none is made. */
function recordedCalls({ config }: Platform, { path, redactor }: CallPlace, effects: ReadonlyMap<string, Effect>): Calls {
  const shown = createShown(redactor, config.outgoing.storedBytes);
  const sameRequest = ({ method, url, headers, body, secretHeaders = [] }: StepRequest, was: Effect): boolean => {
    const now = shown.message(headers, body, secretHeaders);
    const then = messageOf(was.request);
    return (
      !now.truncated &&
      then?.truncated === false &&
      method.toUpperCase() === was.method &&
      redactor.text(callableUrl(url).href) === was.url &&
      now.body === then.body &&
      comparable(now.headers) === comparable(then.headers)
    );
  };
  return {
    assertUnpaused: () => Promise.resolve(),
    called: () => false,
    // A promise as the others have it: what is thrown rejects it.
    send: async (request) => {
      const was = effects.get(callOf(path, request.ordinal));
      if (was === undefined)
        return Promise.reject(missing(path, `it did not call ${redactor.text(storableText(request.url)).slice(0, 200)}.`));
      if (!sameRequest(request, was)) throw missing(path, 'it called something else, or something else was sent.');
      const response = messageOf(was.response);
      if (was.statusCode === null) throw new OutgoingError(codeOf(was.errorCode), was.errorMessage ?? '', false);
      if (response === null || response.truncated) throw missing(path, 'the answer to its call is not kept whole.');
      return { status: was.statusCode, headers: response.headers, body: Buffer.from(response.body ?? ''), url: request.url };
    },
  };
}

const messageOf = (json: unknown): EffectMessage | null => (json ?? null) as EffectMessage | null;

const codeOf = (code: string | null): OutgoingErrorCode => outgoingErrorCodes.find((one) => one === code) ?? 'NETWORK';

/** Its key names the run, and so differs. */
function comparable(headers: EffectMessage['headers']): string {
  const { 'idempotency-key': _key, ...rest } = headers;
  return canonicalJson(rest);
}
