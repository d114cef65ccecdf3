import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { SignatureEncoding, WebhookFormat, WebhookVerification } from '#platform/db/generated/prisma/enums';
import { isWebhookSecret } from '#platform/secrets/webhook-signature';
import { parseDuration } from '#domain/duration';
import type { FieldProblem } from '#domain/errors';
import { eventType } from '#domain/event/event.input';
import { nameInput, wellFormed } from '#domain/input';

/** Tolerances of a replay window: what clocks of servers may differ by, and what a sender needs that gives up after a day. */
const [shortestMs, longestMs] = [1_000, 86_400_000];

const tolerance = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms >= shortestMs && ms <= longestMs) return ms;
  context.addIssue({
    code: 'custom',
    message: 'A tolerance is an ISO 8601 duration from PT1S to P1D, such as PT5M.',
    params: { code: ms === null ? 'FORMAT' : 'OUT_OF_RANGE' },
  });
  return z.NEVER;
});

/** RFC 9110, 5.6.2. Stored in lower case, as servers read names. */
const headerName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'This is no name of a header.');

const statuses = [200, 201, 202, 204] as const;
const responseStatus = z.int().refine((status) => (statuses as readonly number[]).includes(status), {
  message: `The status is one of ${statuses.join(', ')}.`,
  params: { code: 'OUT_OF_RANGE' },
});

const longestBody = 10_000;
const responseBody = wellFormed(z.string().max(longestBody)).refine((text) => !/\{\{|\{%/.test(text), {
  message: 'The answer is sent as it is, before the run: it has no templates.',
  params: { code: 'TEMPLATE' },
});

const settings = {
  environmentKey: z.string().nullish(),
  header: headerName.nullish(),
  encoding: z.enum(SignatureEncoding).nullish(),
  tolerance: tolerance.nullish(),
  idHeader: headerName.nullish(),
  responseStatus: responseStatus.nullish(),
  responseBody: responseBody.nullish(),
  responseFormat: z.enum(WebhookFormat).nullish(),
  enabled: z.boolean().nullish(),
};

function secretInput({ secrets }: Pick<Config, 'secrets'>) {
  return wellFormed(
    z.string().refine((text) => Buffer.byteLength(text) <= secrets.bytes, {
      message: `A secret has at most ${secrets.bytes} bytes.`,
      params: { code: 'TOO_LONG' },
    }),
  );
}

/** `createWebhook`. */
export function createInput(config: Pick<Config, 'secrets'>) {
  return z.strictObject({
    /** What it triggers: exactly one of id and key, the key with its workspace. */
    automation: z.union([z.strictObject({ id: z.uuid() }), z.strictObject({ workspaceId: z.uuid(), key: z.string() })]).nullish(),
    /** Instead of an automation: the type of the event that it emits, and in which workspace. */
    emits: eventType.nullish(),
    workspaceId: z.uuid().nullish(),
    name: nameInput,
    verification: z.enum(WebhookVerification),
    secret: secretInput(config).nullish(),
    ...settings,
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateWebhook`: what is absent stays. */
export function updateInput(config: Pick<Config, 'secrets'>) {
  return z.strictObject({
    name: nameInput.nullish(),
    emits: eventType.nullish(),
    verification: z.enum(WebhookVerification).nullish(),
    secret: secretInput(config).nullish(),
    ...settings,
  });
}

/** `rotateWebhookSecret`. */
export function rotateInput(config: Pick<Config, 'secrets'>) {
  return z.strictObject({ secret: secretInput(config).nullish(), keepPrevious: z.boolean() });
}

export type CreateWebhookInput = z.input<ReturnType<typeof createInput>>;
export type UpdateWebhookInput = z.input<ReturnType<typeof updateInput>>;
export type RotateSecretInput = z.input<ReturnType<typeof rotateInput>>;

/** A webhook's columns as they would be. */
export interface Settings {
  readonly verification: WebhookVerification;
  readonly header: string | null;
  readonly idHeader: string | null;
  readonly responseStatus: number;
  readonly responseBody: string | null;
  readonly responseFormat: WebhookFormat;
}

/** What was asked for beside what follows from it; null and undefined: nothing. */
type Asked = Partial<Record<'encoding' | 'tolerance' | 'secret', unknown>>;

/** What of a webhook does not go together. */
export function settingProblems(wanted: Settings, asked: Asked): FieldProblem[] {
  const { verification, header, idHeader, responseStatus: status, responseBody: body, responseFormat } = wanted;
  const problems: FieldProblem[] = [];
  const idle = (field: string, given: unknown, unless: WebhookVerification) => {
    if (given != null && verification !== unless)
      problems.push({ path: [field], message: `This belongs to the verification ${unless}.`, code: 'NOT_APPLICABLE' });
  };
  if (verification === 'HMAC_SHA256' && header === null)
    problems.push({ path: ['header'], message: 'Name the header in which the signature is.', code: 'REQUIRED' });
  idle('header', header, 'HMAC_SHA256');
  idle('encoding', asked.encoding, 'HMAC_SHA256');
  idle('tolerance', asked.tolerance, 'STANDARD_WEBHOOKS');
  if (verification === 'STANDARD_WEBHOOKS' && idHeader !== null)
    problems.push({
      path: ['idHeader'],
      message: 'Standard Webhooks sign the id in webhook-id: no other is taken.',
      code: 'NOT_APPLICABLE',
    });
  if (verification === 'NONE' && asked.secret != null)
    problems.push({ path: ['secret'], message: 'Without a verification there is no secret.', code: 'NOT_APPLICABLE' });
  if (status === 204 && body !== null)
    problems.push({ path: ['responseBody'], message: 'An answer with the status 204 has no body.', code: 'NOT_APPLICABLE' });
  if (body !== null && responseFormat === 'JSON' && !isJson(body))
    problems.push({ path: ['responseBody'], message: 'The body is not JSON, as its format says.', code: 'SYNTAX' });
  return [...problems, ...(typeof asked.secret === 'string' ? secretProblems(verification, asked.secret) : [])];
}

/** Fewest characters of a secret that a sender chose: a short one can be guessed from one signed request. */
const shortestSecret = 16;

/** Whether a given secret is one that the verification can use. */
export function secretProblems(verification: WebhookVerification, secret: string): FieldProblem[] {
  if (verification === 'STANDARD_WEBHOOKS' && !isWebhookSecret(secret))
    return [{ path: ['secret'], message: 'A secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64.', code: 'FORMAT' }];
  if (verification === 'HMAC_SHA256' && secret.length < shortestSecret)
    return [{ path: ['secret'], message: `A secret has at least ${shortestSecret} characters.`, code: 'TOO_SHORT' }];
  return [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
