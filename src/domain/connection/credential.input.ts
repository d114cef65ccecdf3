import { z } from 'zod';
import type { Config } from '#platform/config/config';
import type { CredentialKind } from '#platform/db/generated/prisma/enums';
import { wellFormed } from '#domain/input';
import { type CredentialSettings, apiKeyPlaces } from './credential.settings.js';
import { headerNameInput } from './header.input.js';
import { tokenUrlInput } from './url.input.js';

/** The fields by which a client gives each kind: exactly one of them. */
export const fieldOfKind = {
  BASIC: 'basic',
  BEARER: 'bearer',
  API_KEY: 'apiKey',
  OAUTH2_CLIENT_CREDENTIALS: 'oauth2ClientCredentials',
} as const satisfies Record<CredentialKind, string>;

const printable = /^\P{Cc}*$/u;
const noControls = 'Control characters are not sent.';
const line = (most: number) => wellFormed(z.string().min(1).max(most).regex(printable, noControls));

/** Without it a credential keeps the one that it has. Messages never repeat what is secret. */
function secret({ secrets }: Pick<Config, 'secrets'>, kept: boolean, pattern = printable, message = noControls) {
  const text = wellFormed(z.string().min(1).regex(pattern, message)).refine((value) => Buffer.byteLength(value) <= secrets.bytes, {
    message: `A secret has at most ${secrets.bytes} bytes.`,
    params: { code: 'TOO_LONG' },
  });
  return kept ? text.nullish() : text;
}

/** It must not end its header, and spaces around it would be dropped. */
const headerValue = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;

const apiKeyFields = (config: Pick<Config, 'secrets'>, kept: boolean) =>
  z
    .strictObject({ in: z.enum(apiKeyPlaces), name: line(128), value: secret(config, kept) })
    .superRefine(({ in: place, name, value }, check) => {
      if (place !== 'HEADER') return;
      const [problem] = headerNameInput.safeParse(name).error?.issues ?? [];
      if (problem !== undefined) check.addIssue({ code: 'custom', path: ['name'], message: problem.message, params: { code: 'FORMAT' } });
      if (typeof value === 'string' && printable.test(value) && !headerValue.test(value))
        check.addIssue({ code: 'custom', path: ['value'], message: 'This cannot stand in a header.', params: { code: 'FORMAT' } });
    });

// A scope-token of RFC 6749.
const scope = z
  .string()
  .max(256)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'A scope has no spaces, quotes or backslashes.');

export interface ReadCredential<Kind extends CredentialKind = CredentialKind> {
  readonly kind: Kind;
  readonly settings: CredentialSettings[Kind];
  /** Absent: the one that it has. */
  readonly secret: string | null | undefined;
}

/** The whole of a credential, as exactly one of four fields. `kept` is the kind whose secret is there already. */
export function credentialInput(config: Pick<Config, 'secrets'>, kept: CredentialKind | null = null) {
  return z
    .strictObject({
      basic: z
        .strictObject({
          username: line(256).refine((name) => !name.includes(':'), {
            message: 'A colon would end the user name.',
            params: { code: 'FORMAT' },
          }),
          password: secret(config, kept === 'BASIC'),
        })
        .nullish(),
      bearer: z
        .strictObject({ token: secret(config, kept === 'BEARER', /^[\x21-\x7e]*$/, 'A token is made of visible ASCII characters.') })
        .nullish(),
      apiKey: apiKeyFields(config, kept === 'API_KEY').nullish(),
      oauth2ClientCredentials: z
        .strictObject({
          tokenUrl: tokenUrlInput,
          clientId: line(512),
          clientSecret: secret(config, kept === 'OAUTH2_CLIENT_CREDENTIALS'),
          scopes: z
            .array(scope)
            .max(50)
            .transform((scopes) => [...new Set(scopes)])
            .nullish(),
          audience: line(512).nullish(),
        })
        .nullish(),
    })
    .transform(({ basic, bearer, apiKey, oauth2ClientCredentials: client }, check): ReadCredential => {
      const [first, ...others] = [basic, bearer, apiKey, client].filter((given) => given != null);
      if (first !== undefined && others.length === 0) {
        if (basic != null) return { kind: 'BASIC', settings: { username: basic.username }, secret: basic.password };
        if (bearer != null) return { kind: 'BEARER', settings: {}, secret: bearer.token };
        if (apiKey != null) return { kind: 'API_KEY', settings: { in: apiKey.in, name: apiKey.name }, secret: apiKey.value };
        if (client != null) {
          const { tokenUrl, clientId, clientSecret, scopes, audience } = client;
          const settings = { tokenUrl, clientId, scopes: scopes ?? [], audience: audience ?? null };
          return { kind: 'OAUTH2_CLIENT_CREDENTIALS', settings, secret: clientSecret };
        }
      }
      check.addIssue({
        code: 'custom',
        message: `Give exactly one of ${Object.values(fieldOfKind).join(', ')}.`,
        params: { code: 'ONE_OF' },
      });
      return z.NEVER;
    });
}
