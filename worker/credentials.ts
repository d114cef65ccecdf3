import { z } from 'zod';
import type { Credential } from '#platform/db/generated/prisma/client';
import type { OwnedSecrets } from './connections.js';
import { type StepCall, StepError } from './steps/step.js';
import type { TokenRequest } from './tokens.js';

/** What proves in a call who makes it. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  /** To be added to the query, encoded; null: nothing. */
  readonly query: string | null;
  /** The proof was refused: answers whether another one can be had. */
  readonly renew: (() => void) | null;
}

const settings = {
  BASIC: z.object({ username: z.string() }),
  BEARER: z.object({}),
  API_KEY: z.object({ in: z.enum(['HEADER', 'QUERY']), name: z.string().min(1) }),
  OAUTH2_CLIENT_CREDENTIALS: z.object({
    tokenUrl: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()).default([]),
    audience: z.string().nullable().default(null),
  }),
} as const;

export const noProof: Proof = { headers: {}, query: null, renew: null };

/** Makes the proof of a credential; its secrets are known to the redactor before they go anywhere. */
export async function proofOf(
  credential: Credential,
  secrets: OwnedSecrets | undefined,
  { tokens, calls, redactor }: Pick<StepCall, 'tokens' | 'calls' | 'redactor'>,
): Promise<Proof> {
  const secret = (name: string): string => {
    const value = secrets?.open(name);
    if (value === undefined) throw incomplete(credential, `its ${name} is missing`);
    redactor.add(value);
    return value;
  };
  switch (credential.kind) {
    case 'BASIC': {
      const { username } = read(credential, settings.BASIC);
      const proof = Buffer.from(`${username}:${secret('password')}`).toString('base64');
      redactor.add(proof);
      return { ...noProof, headers: { authorization: `Basic ${proof}` } };
    }
    case 'BEARER':
      return { ...noProof, headers: { authorization: `Bearer ${secret('token')}` } };
    case 'API_KEY': {
      const { in: place, name } = read(credential, settings.API_KEY);
      const value = secret('value');
      return place === 'HEADER'
        ? { ...noProof, headers: { [name.toLowerCase()]: value } }
        : { ...noProof, query: `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}` };
    }
    case 'OAUTH2_CLIENT_CREDENTIALS': {
      const given = read(credential, settings.OAUTH2_CLIENT_CREDENTIALS);
      const request: TokenRequest = {
        key: `${credential.id} ${String(credential.updatedAt.getTime())} ${secrets?.version ?? ''}`,
        workspaceId: credential.workspaceId,
        ...given,
        clientSecret: secret('clientSecret'),
      };
      const token = await tokens.get(request, calls);
      redactor.add(token);
      return { headers: { authorization: `Bearer ${token}` }, query: null, renew: () => tokens.forget(request, token) };
    }
  }
}

function read<Schema extends z.ZodType>(credential: Credential, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(credential.settings);
  if (!parsed.success) throw incomplete(credential, 'its settings are not of its kind');
  return parsed.data;
}

function incomplete({ key }: Credential, why: string): StepError {
  return new StepError({ code: 'CREDENTIAL_INCOMPLETE', message: `The credential ${key} cannot be used: ${why}.`, retryable: false });
}
