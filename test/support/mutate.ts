import type { Millrace } from './api.js';

/** What a mutation answered: its success with the fields asked for, or its error. */
export interface Result {
  readonly __typename: string;
  /** Of an error; also of one that ended the whole request. */
  readonly code?: string;
  readonly message?: string;
  /** Of a conflict. */
  readonly state?: string;
  /** Of an input that is at fault. */
  readonly fields?: readonly { readonly path: readonly string[]; readonly code: string }[];
  readonly [field: string]: unknown;
}

/** Calls a mutation. `selection` is of its success, `more` of its other types. */
export type Mutate = (
  token: string,
  field: string,
  input: Readonly<Record<string, unknown>>,
  selection?: string,
  more?: string,
) => Promise<Result>;

export function mutateOn(millrace: Millrace): Mutate {
  return async (token, field, input, selection = '', more = '') => {
    const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { __typename ${selection} } ... on Error { code message } ... on ConflictError { state } ... on InvalidInputError { fields { path code } } ${more} } }`;
    const { data, errors } = await millrace.ask(token, text, { input });
    const [error] = errors;
    if (error !== undefined) return { __typename: 'RequestError', code: String(error.extensions?.['code']), message: error.message };
    return data?.[field] as Result;
  };
}

/** The code of an error, or the type of the success. */
export function codeOf({ __typename, code }: Result): string {
  return code ?? __typename;
}
