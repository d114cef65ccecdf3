import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { descriptionInput, durationInput, keyInput, nameInput, referenceInput } from '#domain/input';
import { headersInput } from './header.input.js';
import { schemaInput } from './schema.input.js';
import { jsonTemplateInput, lineTemplateInput } from './template.input.js';
import { hasUserInfo, noUserInfo, urlProblem } from './url.input.js';

export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof httpMethods)[number];

/** Methods whose requests have no content. */
export const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD'] satisfies HttpMethod[]);

const absolute = /^[a-z][a-z0-9+.-]*:/i;

/** A template of a URL: what is constant in it is checked, the rest when it is called. */
const urlTemplate = lineTemplateInput.pipe(
  z.string().superRefine((text, check) => {
    const problem = urlTemplateProblem(text);
    if (problem !== null) check.addIssue({ code: 'custom', message: problem, params: { code: 'URL' } });
  }),
);

function urlTemplateProblem(text: string): string | null {
  // What a slot will be is not known: anything that may stand in a part of a URL.
  const constant = text.replaceAll(/\{\{.*?\}\}/g, 'x');
  if (constant.includes(' ')) return 'A URL has no spaces.';
  if (!absolute.test(constant) || text.startsWith('{{')) return null;
  if (!/^https?:\/\//i.test(constant)) return 'Only http and https URLs can be called.';
  if (constant === text) return urlProblem(text, { query: true });
  return hasUserInfo(constant) ? noUserInfo : null;
}

/** Whether a URL template can be called without a system: it begins with a scheme, or with a slot that may make one. */
export function standsAlone(url: string): boolean {
  return /^https?:\/\//i.test(url) || url.startsWith('{{');
}

const statuses = z
  .array(z.int().min(100).max(599))
  .max(50)
  .transform((given) => [...new Set(given)]);

function rest(config: Pick<Config, 'run' | 'outgoing'>) {
  return {
    description: descriptionInput.nullish(),
    system: referenceInput.nullish(),
    app: referenceInput.nullish(),
    headers: headersInput.nullish(),
    body: jsonTemplateInput(config),
    inputSchema: schemaInput(config),
    expectedStatus: statuses.nullish(),
    output: jsonTemplateInput(config),
    credential: referenceInput.nullish(),
    timeout: durationInput(1, config.outgoing.ms).nullish(),
  };
}

const needed = { name: nameInput, method: z.enum(httpMethods), url: urlTemplate };

export function createInput(config: Pick<Config, 'run' | 'outgoing'>) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    ...needed,
    ...rest(config),
    idempotencyKey: z.string().nullish(),
  });
}

/** What is absent stays; null is the default. */
export function updateInput(config: Pick<Config, 'run' | 'outgoing'>) {
  return z.strictObject({
    name: needed.name.nullish(),
    method: needed.method.nullish(),
    url: needed.url.nullish(),
    ...rest(config),
  });
}

/** The whole endpoint: what is absent is the default. */
export function upsertInput(config: Pick<Config, 'run' | 'outgoing'>) {
  return z.strictObject({ workspaceId: z.uuid(), key: keyInput, ...needed, ...rest(config) });
}

export type CreateEndpointInput = z.input<ReturnType<typeof createInput>>;
export type UpdateEndpointInput = z.input<ReturnType<typeof updateInput>>;
export type UpsertEndpointInput = z.input<ReturnType<typeof upsertInput>>;
export type EndpointChanges = z.output<ReturnType<typeof updateInput>>;
export type WholeEndpoint = Omit<z.output<ReturnType<typeof createInput>>, 'idempotencyKey'>;
