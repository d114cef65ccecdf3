import type {
  AppWebhookPayload,
  DisabledPayload,
  MentionPayload,
  MessagePayload,
  Payload,
  RuleMailPayload,
  RunPayload,
  TestPayload,
} from './notification.payload.js';

const administering = 'You get this because you administer this workspace.';

/** A payload for a person to read. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a person is told of a payload. */
interface Told {
  readonly subject: string;
  readonly lead: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
  readonly url: string | null;
  readonly foot: string;
}

const outcome: Readonly<Record<string, string>> = {
  'run.succeeded': 'succeeded',
  'run.failed': 'failed',
  'run.partial': 'stopped after some results',
  'run.canceled': 'was cancelled',
  'run.timed_out': 'timed out',
  'run.dead': 'is dead',
};

/** The mail of a payload. `toOwner`: it goes to the owner of the action and not to a recipient of a group. */
export function mailText(payload: Payload, toOwner: boolean): MailText {
  if (payload.type === 'rule.mail') return written(payload as RuleMailPayload);
  if (payload.type === 'flow.message') {
    const { subject, text } = (payload as MessagePayload).data;
    return written({ type: 'rule.mail', data: { subject, body: text === '' ? subject : text } });
  }
  const told = toldOf(payload, toOwner);
  return { subject: told.subject, text: plain(told), html: markup(told) };
}

/** The same for any payload but a message that somebody wrote. */
export function toldOf(payload: Payload, toOwner: boolean): Told {
  switch (payload.type) {
    case 'notification.test':
      return test(payload as TestPayload);
    case 'recipient.disabled':
      return disabled(payload as DisabledPayload);
    case 'app.webhook_disabled':
      return webhookDisabled(payload as AppWebhookPayload);
    case 'note.mention':
      return mentioned(payload as MentionPayload);
    default:
      return ended(payload as RunPayload, payload.leftOut ?? 0, toOwner);
  }
}

function ended({ type, data }: RunPayload, leftOut: number, toOwner: boolean): Told {
  const { run, automation, workspace, url } = data;
  const name = automation?.name ?? run.id;
  const happened = outcome[type] ?? 'ended';
  return {
    subject: `[${workspace.name}] ${name} ${happened}${run.error === null ? '' : `: ${run.error.code}`}`,
    lead:
      `${name} ${happened}.` +
      (leftOut === 0
        ? ''
        : ` ${leftOut === 1 ? 'One more of its runs' : `${leftOut} more of its runs`} failed since the mail before this one.`),
    rows: [
      ['Workspace', `${workspace.name} (${workspace.key})`],
      ...(automation === null
        ? []
        : [
            [
              automation.id.startsWith('rul_') ? 'Rule' : automation.id.startsWith('flw_') ? 'Flow' : 'Action',
              `${automation.name} (${automation.key})`,
            ] as const,
          ]),
      ['Run', run.id],
      ['Status', run.status],
      ...(run.error === null ? [] : [['Error', `${run.error.code}: ${run.error.message}`] as const]),
      ['Started by', run.trigger],
      ['Queued', run.queuedAt],
      ['Started', run.startedAt ?? 'never'],
      ['Finished', run.finishedAt],
    ],
    url: url ?? null,
    foot: toOwner
      ? 'You get this because you own it. At most one such mail is sent in 15 minutes; it can be switched off there.'
      : 'You get this because your address is a recipient of a notification group of this workspace.',
  };
}

/** What a rule wrote goes out as it is. */
function written({ data: { subject, body } }: RuleMailPayload): MailText {
  const html = `<!doctype html><html><body><p style="white-space:pre-wrap">${escaped(body)}</p></body></html>`;
  return { subject, text: body, html };
}

function mentioned({ data: { record, author, text } }: MentionPayload): Told {
  return {
    subject: `You are mentioned at ${record.name}`,
    lead: text,
    rows: [
      ['Record', `${record.name} (${record.type}${record.id === null ? '' : ` ${record.id}`})`],
      ['Written by', author],
    ],
    url: null,
    foot: 'You get this because the note mentions you.',
  };
}

function test({ data: { message, workspace } }: TestPayload): Told {
  return {
    subject: `[${workspace.name}] Test notification`,
    lead: message,
    rows: [['Workspace', `${workspace.name} (${workspace.key})`]],
    url: null,
    foot: 'You get this because your address is a recipient of a notification group of this workspace.',
  };
}

function disabled({ data: { recipient, group, workspace, reason } }: DisabledPayload): Told {
  return {
    subject: `[${workspace.name}] A recipient of ${group.name} was switched off`,
    lead: `Nothing is sent to ${recipient.address} any more. ${reason} Enable the recipient again once it works; what was given up can be sent again.`,
    rows: [
      ['Workspace', `${workspace.name} (${workspace.key})`],
      ['Group', `${group.name} (${group.key})`],
      ['Recipient', recipient.id],
    ],
    url: null,
    foot: administering,
  };
}

function webhookDisabled({ data: { app, url, workspace, reason } }: AppWebhookPayload): Told {
  return {
    subject: `[${workspace.name}] The webhook of ${app.name} was switched off`,
    lead: `The rules of ${app.name} do not call ${url} any more. ${reason} Give the app its webhookUrl again once it works.`,
    rows: [
      ['Workspace', `${workspace.name} (${workspace.key})`],
      ['App', `${app.name} (${app.key})`],
    ],
    url: null,
    foot: administering,
  };
}

function plain({ lead, rows, url, foot }: Told): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n');
  return [lead, table, ...(url === null ? [] : [url]), `-- \n${foot}`].join('\n\n');
}

function markup({ lead, rows, url, foot }: Told): string {
  const table = rows.map(([name, value]) => `<tr><th align="left">${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('');
  const link = url === null ? '' : `<p><a href="${escaped(url)}">Look at the run</a></p>`;
  return `<!doctype html><html><body><p>${escaped(lead)}</p><table cellpadding="4">${table}</table>${link}<p><small>${escaped(foot)}</small></p></body></html>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
