import { z } from 'zod';
import { OutgoingError } from '#platform/http/outgoing';
import type { Platform } from '#platform/platform';
import type { Calls } from './calls.js';
import { StepError } from './steps/step.js';

export interface TokenRequest {
  /** Changes with everything that the token depends on. */
  readonly key: string;
  readonly workspaceId: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly audience: string | null;
}

/** Access tokens of client credentials (RFC 6749, 4.4), each kept until shortly before it expires. */
export interface Tokens {
  /** `calls` says whether its host may be called, when the token is to be fetched. */
  get(request: TokenRequest, calls: Pick<Calls, 'assertUnpaused'>): Promise<string>;
  /** The token was refused: the next one is fetched anew. */
  forget(request: TokenRequest, token: string): void;
}

interface Kept {
  readonly token: Promise<string>;
  /** Null while it is fetched. */
  value: string | null;
  until: number;
}

const most = 1_000;
/** A token that does not say how long it lasts. */
const defaultSeconds = 300;
/** Not used for the last part of its life: it must last for the call. */
const marginSeconds = 30;

const answer = z.object({
  access_token: z.string().min(1).max(16_384),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().positive().max(31_536_000).optional(),
});

export function createTokens({ clock, outgoing }: Platform): Tokens {
  const kept = new Map<string, Kept>();

  async function fetchToken(
    request: TokenRequest,
    calls: Pick<Calls, 'assertUnpaused'>,
    entry: { value: string | null; until: number },
  ): Promise<string> {
    const { tokenUrl, clientId, clientSecret, scopes, audience, workspaceId } = request;
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    if (audience !== null) form.set('audience', audience);
    // Its own spelling: both halves are form-encoded before (RFC 6749, 2.3.1).
    const client = [clientId, clientSecret].map((half) => new URLSearchParams({ '': half }).toString().slice(1)).join(':');
    const response = await calls
      .assertUnpaused(tokenUrl)
      .then(() =>
        outgoing.send({
          method: 'POST',
          url: tokenUrl,
          headers: {
            authorization: `Basic ${Buffer.from(client).toString('base64')}`,
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
          },
          body: form.toString(),
          timeoutMs: null,
          scope: workspaceId,
        }),
      )
      .catch((error: unknown) => {
        if (!(error instanceof OutgoingError)) throw error;
        throw failed(`${error.code}. ${error.message}`, error.retryable);
      });
    const { status } = response;
    if (status !== 200) {
      // Nothing else of the answer is told: it may repeat what was sent.
      const reason = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(response.body.toString('latin1'))?.[1];
      throw failed(`status ${String(status)}${reason === undefined ? '' : ` (${reason})`}.`, status === 429 || status >= 500);
    }
    const parsed = answer.safeParse(jsonOf(response.body.toString('utf8')));
    if (!parsed.success) throw failed('the answer is not a bearer token.', false);
    const seconds = parsed.data.expires_in ?? defaultSeconds;
    entry.until = clock.elapsed() + Math.max(seconds - marginSeconds, seconds / 2) * 1_000;
    entry.value = parsed.data.access_token;
    return entry.value;
  }

  return {
    get: (request, calls) => {
      const { key } = request;
      const known = kept.get(key);
      if (known !== undefined && known.until > clock.elapsed()) return known.token;
      const life = { value: null, until: Number.POSITIVE_INFINITY };
      // Whoever needs it meanwhile waits for the same one.
      const entry: Kept = Object.assign(life, { token: fetchToken(request, calls, life) });
      kept.delete(key);
      kept.set(key, entry);
      entry.token.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      const oldest = kept.keys().next().value;
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      return entry.token;
    },
    forget: ({ key }, token) => {
      if (kept.get(key)?.value === token) kept.delete(key);
    },
  };
}

function failed(why: string, retryable: boolean): StepError {
  return new StepError({ code: 'OAUTH_TOKEN', message: `The access token could not be fetched: ${why}`, retryable });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
