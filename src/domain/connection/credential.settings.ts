/** What of a credential is not secret, as it is stored in `Credential.settings`. Its secrets are Secrets that it owns, under these names. */
export interface CredentialSettings {
  readonly BASIC: { readonly username: string };
  readonly BEARER: Readonly<Record<string, never>>;
  readonly API_KEY: { readonly in: ApiKeyPlace; readonly name: string };
  readonly OAUTH2_CLIENT_CREDENTIALS: {
    readonly tokenUrl: string;
    readonly clientId: string;
    readonly scopes: readonly string[];
    readonly audience: string | null;
  };
}

export const apiKeyPlaces = ['HEADER', 'QUERY'] as const;
export type ApiKeyPlace = (typeof apiKeyPlaces)[number];

/** Under which name each kind keeps its secret. */
export const secretNames = {
  BASIC: 'password',
  BEARER: 'token',
  API_KEY: 'value',
  OAUTH2_CLIENT_CREDENTIALS: 'clientSecret',
} as const satisfies Record<keyof CredentialSettings, string>;
