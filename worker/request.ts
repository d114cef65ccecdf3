import type { Endpoint, System } from '#platform/db/generated/prisma/client';
import { type CompiledTemplate, compileTemplate, render, renderText } from '#language/template';
import type { Json } from '#plan/plan';
import type { TemplateContext } from './template-context.js';
import { StepError } from './steps/step.js';

export interface RenderedRequest {
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Fills the templates of an endpoint. Throws LanguageError, or a StepError for a URL that came out unfit. */
export function renderRequest(
  { method, url, headers, body }: Pick<Endpoint, 'method' | 'url' | 'headers' | 'body'>,
  system: Pick<System, 'baseUrl' | 'headers'> | null,
  context: TemplateContext,
): RenderedRequest {
  const named = { ...renderHeaders(system?.headers, context), ...renderHeaders(headers, context) };
  const sent = renderBody(method, body as Json, named['content-type'], context);
  return {
    url: renderUrl(url, system?.baseUrl ?? null, context),
    headers: sent === null || named['content-type'] !== undefined ? named : { ...named, 'content-type': 'application/json' },
    body: sent,
  };
}

/**
 * What a slot yields is percent-encoded, so that it stays within its segment of the path or its value of the query. Only a URL without a
 * system may begin with a slot, which then holds its beginning as it is. An empty value in the path and segments of dots are refused:
 * they would mean another address than the author's.
 */
function renderUrl(template: string, baseUrl: string | null, context: TemplateContext): string {
  const text = renderText(compileTemplate(template), context, (value, before) => {
    if (before === '' && baseUrl === null) return value;
    if (value === '' && !/[?#]/.test(before)) throw unfit('A value in the path of the URL is empty.');
    return encodeURIComponent(value.toWellFormed());
  }).trim();
  if (/(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(text.replace(/[?#].*$/s, ''))) throw unfit('The path of the URL has a segment of dots.');
  if (baseUrl === null) return text;
  const base = baseUrl.replace(/\/+$/, '');
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text))
    return text === '' || text.startsWith('?') ? base + text : `${base}/${text.replace(/^[/\\]+/, '')}`;
  if (!URL.canParse(text) || new URL(text).origin !== new URL(base).origin) throw unfit('The URL leaves the origin of its system.');
  return text;
}

const unfit = (message: string): StepError => new StepError({ code: 'INVALID_URL', message, retryable: false });

function renderHeaders(headers: unknown, context: TemplateContext): Record<string, string> {
  const rendered: Record<string, string> = {};
  for (const [name, template] of Object.entries((headers ?? {}) as Record<string, string>)) {
    const value = renderText(compileTemplate(template), context, (text) => text).trim();
    // A header whose value is not there is not sent.
    if (value !== '') rendered[name.toLowerCase()] = value;
  }
  return rendered;
}

function renderBody(method: string, template: Json, type: string | undefined, context: TemplateContext): string | null {
  if (template === null) {
    const payload = context['payload'] as Json;
    return payload === null || ['GET', 'HEAD', 'DELETE'].includes(method.toUpperCase()) ? null : written(payload, type);
  }
  const compiled: CompiledTemplate = compileTemplate(template);
  const value = render(compiled, context);
  if (value === null) return null;
  // A template that is one text is what is sent, whatever it is.
  return typeof value === 'string' ? value : written(value, type);
}

function written(value: Json, type: string | undefined): string {
  if (
    type?.startsWith('application/x-www-form-urlencoded') === true &&
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value)
  )
    return new URLSearchParams(
      Object.entries(value).flatMap(([name, item]): [string, string][] =>
        item === null ? [] : [[name, typeof item === 'string' ? item : JSON.stringify(item)]],
      ),
    ).toString();
  return JSON.stringify(value);
}
