import { z } from 'zod';
import { lineTemplateInput } from './template.input.js';

/** What the connection itself says (RFC 9110, 7.6.1), and what Millrace makes of the URL and the body: a request that contradicts it is smuggled. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A token of RFC 9110. */
export const headerNameInput = z
  .string()
  .max(128)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "A header's name is made of letters, digits and !#$%&'*+-.^_`|~.")
  .refine((name) => !reserved.has(name.toLowerCase()), {
    message: 'This header belongs to the connection and cannot be set.',
    params: { code: 'RESERVED' },
  });

const mostHeaders = 50;

/** Headers with templates as values, as `{ name: template }`. Names are there once, in any case. */
export const headersInput = z
  .array(z.strictObject({ name: headerNameInput, value: lineTemplateInput }))
  .max(mostHeaders)
  .superRefine((headers, check) => {
    const names = headers.map(({ name }) => name.toLowerCase());
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        check.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'This header was given before.',
          params: { code: 'REPEATED' },
        });
  })
  .transform((headers): Readonly<Record<string, string>> => Object.fromEntries(headers.map(({ name, value }) => [name, value])));
