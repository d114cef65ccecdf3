import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import type { Json } from '#plan/plan';

/** A request to a webhook as it came. */
export interface HookRequest {
  readonly method: string;
  /** Behind the question mark, as it came. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** What a request holds that cannot be the input of a run. */
export interface ContentProblem {
  readonly why: 'MALFORMED' | 'UNSUPPORTED' | 'TOO_LARGE';
  /** For the sender to read. */
  readonly message: string;
}

const malformed = (message: string): ContentProblem => ({ why: 'MALFORMED', message });

/** The value of a header; repeated ones are joined by a comma. */
export function headerOf({ headers }: Pick<HookRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

/** What proves who sends something: of no use to a run, and nothing to keep. */
const proving = /^(proxy-)?authorization$|^cookie2?$|signature|hmac/;

/** What is a credential by its name: the run is told that it came, and nothing more. */
const credential = /token|secret|api-?_?key|password|passwd/i;
const hidden = '[hidden]';

/** The headers without those that prove who sent them. `signatureHeader` is the one of this webhook. */
export function shownHeaders(request: Pick<HookRequest, 'headers'>, signatureHeader: string | null): Record<string, string> {
  return Object.fromEntries(
    Object.keys(request.headers).flatMap((name) => {
      const value = headerOf(request, name);
      if (value === undefined || proving.test(name) || name === signatureHeader) return [];
      return [[name, credential.test(name) ? hidden : value] as const];
    }),
  );
}

/** `a=1&b=2&b=3` is `{ a: '1', b: ['2', '3'] }`, without the values of what is a credential by its name. */
export function readQuery(text: string): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const shown = credential.test(name) ? hidden : value;
    const known = values.get(name);
    if (known === undefined) values.set(name, [shown]);
    else known.push(shown);
  }
  // Not by assignment: a name may be __proto__.
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]));
}

interface ContentType {
  /** `application/json`, in lower case; empty without one. */
  readonly type: string;
  readonly charset: string;
}

function contentTypeOf(header: string | undefined): ContentType {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.map((parameter) => /^charset="?([^"]*)"?$/.exec(parameter)?.[1]).find((value) => value !== undefined);
  return { type, charset: charset ?? 'utf-8' };
}

const isJson = (type: string): boolean => type === 'application/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(type);
const isText = (type: string): boolean => type.startsWith('text/') || type === 'application/xml' || /^[\w.-]+\/[\w.-]+\+xml$/.test(type);

function decode(body: Buffer, charset: string): string | ContentProblem {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    return { why: 'UNSUPPORTED', message: `The charset ${charset} is not known here; send UTF-8.` };
  }
  try {
    return decoder.decode(body);
  } catch {
    return malformed(`The body is not ${charset}.`);
  }
}

function parseJson(text: string): { readonly value: Json } | ContentProblem {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return malformed('The body is not JSON, as its content type says.');
  }
}

/** A body by its content type: JSON and forms as values, text as text, everything else in base64, null without one. */
export function readBodyOf(request: Pick<HookRequest, 'headers' | 'body'>): { readonly value: Json } | ContentProblem {
  const { body } = request;
  if (body.length === 0) return { value: null };
  const { type, charset } = contentTypeOf(headerOf(request, 'content-type'));
  const form = type === 'application/x-www-form-urlencoded';
  if (!form && !isJson(type) && !isText(type)) return { value: body.toString('base64') };
  const text = decode(body, charset);
  if (typeof text !== 'string') return text;
  if (form) return { value: readQuery(text) };
  return isText(type) ? { value: text } : parseJson(text);
}

export interface HookContent {
  readonly headers: Record<string, string>;
  readonly query: Record<string, string | string[]>;
  /** The input of the run, as JSON text. */
  readonly input: string;
}

/** The input of the run that a request makes. */
export function readContent(
  request: HookRequest,
  { signatureHeader, messageId }: { readonly signatureHeader: string | null; readonly messageId: string | null },
  limits: Config['run'],
): HookContent | ContentProblem {
  const body = readBodyOf(request);
  if ('why' in body) return body;
  const headers = shownHeaders(request, signatureHeader);
  const query = readQuery(request.query);
  const input = {
    method: request.method,
    headers,
    query,
    body: body.value,
    contentType: headerOf(request, 'content-type') ?? null,
    receivedAt: request.receivedAt.toISOString(),
    messageId,
  };
  const problem = jsonProblem(input, limits.jsonDepth);
  if (problem !== null) return malformed(problem.message);
  const text = JSON.stringify(input);
  const bytes = Buffer.byteLength(text);
  if (bytes <= limits.inputBytes) return { headers, query, input: text };
  return {
    why: 'TOO_LARGE',
    message: `The input of a run has at most ${limits.inputBytes} bytes; of this request it would have ${bytes}.`,
  };
}
