import type { Json } from '#plan/plan';

type Schema = { readonly [key: string]: Json };

const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const count = (description: string): Schema => ({ type: 'number', description });
const texts = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description });
const map = (description: string): Schema => ({ type: 'object', description });
/** Fields that are known, none of which must be there, beside any others. */
const of = (description: string, properties: Schema): Schema => ({ type: 'object', description, properties });

const user = of('The person.', {
  user_id: text('Unique among the users.'),
  email: text('The e-mail address.'),
  email_verified: flag('Whether it was confirmed.'),
  username: text('The name to sign in with.'),
  phone_number: text('The telephone number.'),
  phone_verified: flag('Whether it was confirmed.'),
  name: text('The full name.'),
  given_name: text('The given name.'),
  family_name: text('The family name.'),
  nickname: text('How the person is called.'),
  picture: text('The address of a picture.'),
  app_metadata: map('What applications keep of the person.'),
  user_metadata: map('What the person may change.'),
  identities: { type: 'array', items: { type: 'object' }, description: 'The accounts that belong together.' },
  enrolledFactors: { type: 'array', items: { type: 'object' }, description: 'The factors that are enrolled.' },
});

const fields = {
  user,
  client: of('The application.', {
    client_id: text('Its id.'),
    name: text('Its name.'),
    metadata: map('What is kept of it.'),
  }),
  connection: of('Where the person is known.', {
    id: text('Its id.'),
    name: text('Its name.'),
    strategy: text('Of which kind it is.'),
    metadata: map('What is kept of it.'),
  }),
  organization: of('The organisation.', { id: text('Its id.'), name: text('Its name.'), metadata: map('What is kept of it.') }),
  tenant: of('Whose system it is.', { id: text('Its name.') }),
  request: of('The request that led here.', {
    ip: text('The address that it came from.'),
    hostname: text('The host that it was sent to.'),
    method: text('Its method.'),
    user_agent: text('What the program calls itself.'),
    language: text('The language that is wished for.'),
    query: map('Its query.'),
    body: map('Its body.'),
    geoip: map('Where the address seems to be.'),
  }),
  transaction: of('The sign-in that is under way.', {
    id: text('Its id.'),
    protocol: text('By which protocol.'),
    redirect_uri: text('Where it leads back.'),
    requested_scopes: texts('The scopes that are asked for.'),
    acr_values: texts('How sure the proof should be.'),
    locale: text('The language of its pages.'),
    state: text('What the application gave along.'),
  }),
  authentication: of('What was proved.', {
    methods: { type: 'array', items: { type: 'object' }, description: 'By which means, and when.' },
  }),
  authorization: of('What is allowed.', { roles: texts('The roles.') }),
  session: of('The session.', { id: text('Its id.') }),
  stats: of('What happened before.', { logins_count: count('How often the person has signed in.') }),
  accessToken: of('The token to be.', { scope: texts('Its scopes.'), customClaims: map('Its claims.') }),
  resource_server: of('Whom the token is for.', { identifier: text('Its audience.') }),
  refresh_token: map('The token that was used.'),
  message_options: of('The message.', {
    action: text('What the message is for.'),
    message_type: text('How it is sent: sms, voice.'),
    recipient: text('To whom.'),
    text: text('What it says.'),
    code: text('The code in it.'),
  }),
  notification: of('The message.', {
    message_type: text('What the message is for.'),
    to: text('To whom.'),
    from: text('From whom.'),
    recipient: text('To whom.'),
    subject: text('Its subject.'),
    html: text('It as HTML.'),
    text: text('It as text.'),
    as_text: text('It as text.'),
    code: text('The code in it.'),
    locale: text('Its language.'),
    delivery_method: text('How it is sent.'),
  }),
  message: of('What happened, as a CloudEvent.', {
    id: text('Its id.'),
    type: text('What happened.'),
    source: text('Where.'),
    data: map('To what.'),
  }),
  identifier: text('What the person signs in or up with.'),
  password: text('What was entered.'),
  hash: text('What is kept of the password elsewhere.'),
} as const satisfies Schema;

type Field = keyof typeof fields;

/** An event of known fields; none must be there, and others may. */
export function eventOf(description: string, ...names: readonly Field[]): Schema {
  return of(description, Object.fromEntries(names.map((name) => [name, fields[name]])));
}

/** A list of arguments; the last `optional` ones may be left out. */
export function argumentsOf(items: readonly Schema[], optional = 0): Schema {
  const least = items.length - optional;
  if (items.length === 0) return { type: 'array', maxItems: 0 };
  return { type: 'array', prefixItems: [...items], minItems: least, items: false };
}

export const argument = {
  name: { type: 'string', minLength: 1, title: 'name' },
  value: { title: 'value' },
  text: (title: string): Schema => ({ type: 'string', title }),
  options: { type: 'object', title: 'options' },
  object: (title: string): Schema => ({ type: 'object', title }),
  url: { type: 'string', format: 'uri', title: 'url' },
  list: (title: string): Schema => ({ type: 'array', title }),
  number: (title: string): Schema => ({ type: 'number', title }),
} as const;
