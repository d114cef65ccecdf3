import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** The API as a client behind a load balancer uses it. */
export interface Api {
  /**
   * The success of a mutation with what is selected. Each attempt goes to the next API process, until one answers or `tries` are over;
   * an answer that refuses it is a {@link Refusal}, no answer at all an Error.
   */
  write(
    field: string,
    input: Readonly<Record<string, unknown>>,
    selection: string,
    tries?: number,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** An answer that was no success. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

const answerMs = 5_000;
const pauseMs = 150;
/** Come back: the database is away, the process is going, or too much came at once. */
const passing = new Set(['UNAVAILABLE', 'TIMEOUT', 'INTERNAL', 'LIMIT_EXCEEDED']);

const answerSchema = z.object({
  data: z
    .record(z.string(), z.looseObject({ __typename: z.string(), code: z.string().optional(), message: z.string().optional() }))
    .nullish(),
  errors: z.array(z.looseObject({ message: z.string(), extensions: z.looseObject({ code: z.string().optional() }).optional() })).optional(),
});

/** `port`: of the next API process, or of what leads there. */
export function createApi(port: () => number | null, token: string, signal: AbortSignal): Api {
  async function once(text: string, input: unknown): Promise<z.output<typeof answerSchema>> {
    const to = port();
    if (to === null) throw new Error('No API process is there.');
    const response = await fetch(`http://127.0.0.1:${to}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: text, variables: { input } }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    return answerSchema.parse(await response.json());
  }

  return {
    write: async (field, input, selection, tries = 400) => {
      const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${selection} } ... on Error { code message } } }`;
      let last: unknown = null;
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        signal.throwIfAborted();
        try {
          const { data, errors } = await once(text, input);
          const answer = data?.[field];
          if (answer?.__typename === `${name}Success`) return answer;
          const [error] = errors ?? [];
          const refusal = new Refusal(answer?.code ?? error?.extensions?.code ?? 'UNKNOWN', answer?.message ?? error?.message ?? '');
          if (!passing.has(refusal.code)) throw refusal;
          last = refusal;
        } catch (error) {
          if (error instanceof Refusal && !passing.has(error.code)) throw error;
          last = error;
        }
        await sleep(pauseMs, undefined, { signal });
      }
      throw new Error(`${field} got no answer in ${tries} attempts: ${String(last)}`);
    },
  };
}
