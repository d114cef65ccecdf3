import { builder } from '#schema/builder';

export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

export const Header = builder.objectRef<HeaderRow>('Header').implement({
  description: 'A header of a request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    value: t.exposeString('value', { description: 'Its value: text that may hold `{{ … }}`.' }),
  }),
});

export const HeaderInput = builder.inputType('HeaderInput', {
  description:
    'A header of a request. What the connection itself says cannot be set: Host, Content-Length, Connection, Transfer-Encoding and others.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name, each one once in any case.' }),
    value: t.string({ required: true, description: 'Its value: one line of text that may hold `{{ … }}`.' }),
  }),
});

/** As they are stored: `{ name: template }`. */
export function headersOf(stored: unknown): HeaderRow[] {
  return Object.entries((stored ?? {}) as Readonly<Record<string, string>>)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
