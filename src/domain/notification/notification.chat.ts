import type { RecipientFormat } from '#platform/db/generated/prisma/enums';
import { toldOf } from './notification.mail.js';
import type { MessagePayload, Payload, RunPayload } from './notification.payload.js';

/** The forms in which chats take a message. */
export type ChatFormat = Exclude<RecipientFormat, 'STANDARD'>;

/** Longest text, in UTF-16 units: what Slack recommends, what Discord takes, and what a reader of Teams may want. */
const longest: Readonly<Record<ChatFormat, number>> = { SLACK: 4_000, DISCORD: 2_000, TEAMS: 8_000 };

/** Most bytes of a message to Teams. */
const longestTeams = 28_000;

/** A payload as a chat takes it: JSON text of the body of a request to its webhook. */
export function chatBody(format: ChatFormat, payload: Payload): string {
  const text = textOf(payload);
  switch (format) {
    case 'SLACK':
      return JSON.stringify({ text: quoted(cut(text, longest.SLACK)) });
    case 'DISCORD':
      // Nobody is called by what a record says.
      return JSON.stringify({ content: cut(text, longest.DISCORD), allowed_mentions: { parse: [] } });
    case 'TEAMS':
      return teamsBody(text);
  }
}

/** Lines that are short, and letters that are long, take more bytes than others: the text is cut until all of it is short enough. */
function teamsBody(text: string): string {
  for (let most = longest.TEAMS; ; ) {
    const body = JSON.stringify({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card(cut(text, most)) }],
    });
    const bytes = Buffer.byteLength(body);
    if (bytes <= longestTeams) return body;
    most = Math.floor((Math.min(most, text.length) * longestTeams) / bytes);
  }
}

function card(text: string) {
  // A block for each line: the text of a block takes single breaks for spaces.
  const blocks = text.split('\n').filter((line) => line !== '');
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: blocks.map((line) => ({ type: 'TextBlock', text: line, wrap: true })),
  };
}

/** What happened in a few lines, the first of which says it. */
function textOf(payload: Payload): string {
  if (payload.type === 'flow.message') return (payload as MessagePayload).text;
  const { subject, lead, url } = toldOf(payload, false);
  const error = payload.type.startsWith('run.') ? (payload as RunPayload).data.run.error : null;
  return [subject, payload.type.startsWith('run.') ? (error?.message ?? '') : lead, url ?? ''].filter((line) => line !== '').join('\n');
}

/** Slack's own way: `<!channel>` in a text would call everybody. Chats that take the same form read `@all` so, which mail addresses have within a word only. */
function quoted(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/(?<![\p{L}\p{N}])@/gu, '@\u200B');
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
