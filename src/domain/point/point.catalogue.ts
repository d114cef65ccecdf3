import type { ChainCommand, Json } from '#plan/plan';
import { type Point, type PointCommand, pointDefaultRuntime, pointRuntimes } from './point.js';
import { argument, argumentsOf, eventOf } from './point.schemas.js';

const { name, value, options, url } = argument;

function command(
  called: string,
  description: string,
  items: readonly { readonly [key: string]: Json }[],
  more: Partial<Pick<ChainCommand, 'effect' | 'target'>> & { readonly optional?: number } = {},
): PointCommand {
  const { effect = 'COMMAND', target = null, optional = 0 } = more;
  return { name: called, description, effect, target, arguments: argumentsOf(items, optional) };
}

const named = (called: string, description: string, target: string | null = null): PointCommand =>
  command(called, description, [name, value], { target });

const reason = argument.text('reason');
const denied = 'Refuses, and ends the chain.';
const deny = command('access.deny', denied, [reason], { effect: 'DENY' });
const denyWithCode = command('access.deny', denied, [argument.text('code'), reason], { effect: 'DENY' });
const redirect = command('redirect.sendUserTo', 'Sends the person elsewhere; the chain goes on when they are back.', [url, options], {
  effect: 'REDIRECT',
  optional: 1,
});
const metadata = [
  named('user.setAppMetadata', 'Sets what applications keep of the person.', 'user.app_metadata'),
  named('user.setUserMetadata', 'Sets what the person may change.', 'user.user_metadata'),
];
const accessToken = [
  named('accessToken.setCustomClaim', 'Sets a claim of the access token.', 'accessToken.customClaims'),
  command('accessToken.addScope', 'Adds a scope to the access token.', [argument.text('scope')]),
  command('accessToken.removeScope', 'Takes a scope from the access token.', [argument.text('scope')]),
];
const challenges = [
  command('authentication.challengeWith', 'Asks for a factor.', [argument.object('factor'), options], { optional: 1 }),
  command('authentication.challengeWithAny', 'Asks for one of several factors.', [argument.list('factors')]),
];
const enrolments = [
  command('authentication.enrollWith', 'Has a factor enrolled.', [argument.object('factor'), options], { optional: 1 }),
  command('authentication.enrollWithAny', 'Has one of several factors enrolled.', [argument.list('factors')]),
];
const deliveries = [
  command('notification.drop', 'Gives the message up.', [reason]),
  command('notification.retry', 'Asks for the message to be tried again later.', [reason]),
];

interface Definition extends Pick<Point, 'key' | 'name' | 'description' | 'handler' | 'eventSchema'> {
  readonly version?: string;
  readonly mode?: Point['mode'];
  readonly policy?: Point['policy'];
  readonly resume?: string;
  readonly commands?: readonly PointCommand[];
}

function point({ version = 'v1', mode = 'SYNCHRONOUS', policy = 'TRIGGER_BOUND', resume, commands = [], ...rest }: Definition): Point {
  return {
    ...rest,
    version,
    status: 'CURRENT',
    mode,
    policy,
    resume: resume ?? null,
    commands,
    compatible: [],
    runtimes: pointRuntimes,
    defaultRuntime: pointDefaultRuntime,
  };
}

/** The trigger points that every workspace has, in the order in which they are shown. */
export const knownPoints: readonly Point[] = [
  point({
    key: 'post-login',
    name: 'Post Login',
    description: 'After a person has proved who they are, before tokens are issued.',
    version: 'v3',
    handler: 'onExecutePostLogin',
    resume: 'onContinuePostLogin',
    eventSchema: eventOf(
      'A sign-in.',
      'user',
      'client',
      'connection',
      'organization',
      'tenant',
      'request',
      'transaction',
      'authentication',
      'authorization',
      'session',
      'stats',
      'resource_server',
      'refresh_token',
    ),
    commands: [
      deny,
      redirect,
      ...accessToken,
      named('idToken.setCustomClaim', 'Sets a claim of the ID token.', 'idToken.customClaims'),
      ...metadata,
      ...challenges,
      ...enrolments,
      command('authentication.recordMethod', 'Notes that a means of proof was passed.', [argument.text('method')]),
      command('authentication.setPrimaryUser', 'Makes another account the one that signs in.', [argument.text('userId')]),
      command('multifactor.enable', 'Asks for a second factor.', [argument.text('provider'), options], { optional: 1 }),
      named('samlResponse.setAttribute', 'Sets an attribute of the SAML response.'),
      command('session.revoke', 'Ends the session.', [reason, options], { optional: 1 }),
      command('session.setExpiresAt', 'Sets when the session ends at the latest.', [argument.number('milliseconds')]),
    ],
  }),
  point({
    key: 'credentials-exchange',
    name: 'Credentials Exchange',
    description: 'Before a program gets an access token for its own credentials.',
    version: 'v2',
    handler: 'onExecuteCredentialsExchange',
    eventSchema: eventOf(
      'A request for a token.',
      'client',
      'accessToken',
      'resource_server',
      'organization',
      'tenant',
      'request',
      'transaction',
    ),
    commands: [denyWithCode, ...accessToken],
  }),
  point({
    key: 'pre-user-registration',
    name: 'Pre User Registration',
    description: 'Before a new account is made.',
    version: 'v2',
    handler: 'onExecutePreUserRegistration',
    eventSchema: eventOf('A sign-up.', 'user', 'client', 'connection', 'organization', 'tenant', 'request', 'transaction'),
    commands: [
      command('access.deny', denied, [reason, argument.text('userMessage')], { effect: 'DENY', optional: 1 }),
      command('validation.error', 'Tells the person what is wrong with what they entered.', [
        argument.text('code'),
        argument.text('message'),
      ]),
      ...metadata,
    ],
  }),
  point({
    key: 'post-user-registration',
    name: 'Post User Registration',
    description: 'After a new account was made. Nobody waits for it.',
    version: 'v2',
    mode: 'ASYNCHRONOUS',
    handler: 'onExecutePostUserRegistration',
    eventSchema: eventOf('A sign-up.', 'user', 'connection', 'organization', 'tenant', 'request', 'transaction'),
  }),
  point({
    key: 'post-change-password',
    name: 'Post Change Password',
    description: 'After a password was changed. Nobody waits for it.',
    version: 'v2',
    mode: 'ASYNCHRONOUS',
    handler: 'onExecutePostChangePassword',
    eventSchema: eventOf('A change of a password.', 'user', 'client', 'connection', 'organization', 'tenant', 'request', 'transaction'),
  }),
  point({
    key: 'send-phone-message',
    name: 'Send Phone Message',
    description: 'In place of sending the message of a second factor.',
    version: 'v2',
    handler: 'onExecuteSendPhoneMessage',
    eventSchema: eventOf('A message to be sent.', 'message_options', 'user', 'client', 'organization', 'tenant', 'request'),
  }),
  point({
    key: 'custom-phone-provider',
    name: 'Custom Phone Provider',
    description: 'In place of sending any message to a telephone.',
    handler: 'onExecuteCustomPhoneProvider',
    eventSchema: eventOf('A message to be sent.', 'notification', 'user', 'client', 'organization', 'tenant', 'request'),
    commands: deliveries,
  }),
  point({
    key: 'custom-email-provider',
    name: 'Custom Email Provider',
    description: 'In place of sending an e-mail.',
    handler: 'onExecuteCustomEmailProvider',
    eventSchema: eventOf('An e-mail to be sent.', 'notification', 'user', 'client', 'organization', 'tenant', 'request'),
    commands: deliveries,
  }),
  point({
    key: 'password-reset-post-challenge',
    name: 'Password Reset / Post Challenge',
    description: 'After the first proof in a reset of a password, before the new one is set.',
    handler: 'onExecutePostChallenge',
    resume: 'onContinuePostChallenge',
    eventSchema: eventOf(
      'A reset of a password.',
      'user',
      'client',
      'connection',
      'organization',
      'tenant',
      'request',
      'transaction',
      'authentication',
    ),
    commands: [
      deny,
      redirect,
      ...challenges,
      command('transaction.setResultUrl', 'Sets where the person is sent at the end.', [url, options], { optional: 1 }),
    ],
  }),
  point({
    key: 'custom-token-exchange',
    name: 'Custom Token Exchange',
    description: 'Decides for whom a token of another kind is exchanged.',
    policy: 'ENTITY_BOUND',
    handler: 'onExecuteCustomTokenExchange',
    eventSchema: eventOf('An exchange of a token.', 'client', 'resource_server', 'organization', 'tenant', 'request', 'transaction'),
    commands: [
      denyWithCode,
      command('access.rejectInvalidSubjectToken', 'Refuses the token that was given, and ends the chain.', [reason], { effect: 'DENY' }),
      command('authentication.setUserById', 'Says for whom.', [argument.text('userId')]),
      command(
        'authentication.setUserByConnection',
        'Says for whom, by an account elsewhere.',
        [argument.text('connection'), argument.object('profile'), options],
        { optional: 1 },
      ),
      ...metadata,
    ],
  }),
  point({
    key: 'event-stream',
    name: 'Event Stream',
    description: 'For each event of a stream. Nobody waits for it.',
    mode: 'ASYNCHRONOUS',
    policy: 'ENTITY_BOUND',
    handler: 'onExecuteEventStream',
    eventSchema: eventOf('An event.', 'message', 'tenant'),
  }),
  point({
    key: 'password-hash-migration',
    name: 'Password Hash Migration',
    description: 'Compares a password with what another system kept of it.',
    policy: 'ENTITY_BOUND',
    handler: 'onExecutePasswordHashMigration',
    eventSchema: eventOf('A password to be compared.', 'user', 'client', 'connection', 'tenant', 'request', 'password', 'hash'),
    commands: [deny],
  }),
  point({
    key: 'login-post-identifier',
    name: 'Login Post Identifier',
    description: 'After a person said who they are at a sign-in, before they prove it.',
    handler: 'onExecuteLoginPostIdentifier',
    eventSchema: eventOf(
      'The beginning of a sign-in.',
      'identifier',
      'client',
      'connection',
      'organization',
      'tenant',
      'request',
      'transaction',
    ),
    commands: [deny],
  }),
  point({
    key: 'signup-post-identifier',
    name: 'Signup Post Identifier',
    description: 'After a person said who they are at a sign-up, before they go on.',
    handler: 'onExecuteSignupPostIdentifier',
    eventSchema: eventOf(
      'The beginning of a sign-up.',
      'identifier',
      'client',
      'connection',
      'organization',
      'tenant',
      'request',
      'transaction',
    ),
    commands: [deny],
  }),
];

const byKey = new Map(knownPoints.map((known) => [known.key, known]));

/** A well-known trigger point; null: there is none of this key. */
export function knownPoint(key: string): Point | null {
  return byKey.get(key) ?? null;
}
