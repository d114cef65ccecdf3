import { describe, expect, it } from 'vitest';
import { chatBody } from '#domain/notification/notification.chat';
import { mailText } from '#domain/notification/notification.mail';
import { type FinishedRun, eventOfStatus, globalId, runPayload, typeOfEvent } from '#domain/notification/notification.payload';
import { NotificationEvent } from '#platform/db/generated/prisma/enums';
import { encodeId } from '#schema/node';

const uuid = '01977e6e-5f3a-7000-8000-000000000001';
const run: FinishedRun = {
  runId: uuid,
  workspaceId: uuid,
  workspaceKey: 'main',
  workspaceName: 'Main',
  automationId: uuid,
  automationKind: 'ACTION',
  automationKey: 'greet',
  automationName: 'Greet',
  status: 'TIMED_OUT',
  trigger: 'SCHEDULE',
  queuedAt: new Date('2026-11-27T10:00:00Z'),
  startedAt: null,
  finishedAt: new Date('2026-11-27T10:01:00Z'),
  errorCode: 'TIMEOUT',
  errorMessage: 'It took too long.',
};

describe('the payload of a run', () => {
  it('has the ids of the graph', () => {
    expect(
      [globalId.run, globalId.action, globalId.workspace, globalId.group, globalId.recipient, globalId.delivery].map((id) => id(uuid)),
    ).toEqual((['Run', 'Action', 'Workspace', 'NotificationGroup', 'Recipient', 'Delivery'] as const).map((name) => encodeId(name, uuid)));
  });

  it('has a type for every event, and an event for every end', () => {
    expect(Object.values(NotificationEvent).map(typeOfEvent)).toEqual([
      'run.succeeded',
      'run.failed',
      'run.partial',
      'run.canceled',
      'run.timed_out',
      'run.dead',
    ]);
    expect(Object.values(eventOfStatus).sort()).toEqual(Object.values(NotificationEvent).sort());
  });

  it('tells what happened and nothing that went in or came out', () => {
    expect(runPayload(run, null)).toEqual({
      type: 'run.timed_out',
      timestamp: '2026-11-27T10:01:00.000Z',
      data: {
        run: {
          id: `run_${uuid}`,
          status: 'TIMED_OUT',
          trigger: 'SCHEDULE',
          queuedAt: '2026-11-27T10:00:00.000Z',
          startedAt: null,
          finishedAt: '2026-11-27T10:01:00.000Z',
          error: { code: 'TIMEOUT', message: 'It took too long.' },
        },
        automation: { id: `act_${uuid}`, key: 'greet', name: 'Greet' },
        workspace: { id: `ws_${uuid}`, key: 'main', name: 'Main' },
      },
    });
  });

  it('shortens the message of an error without breaking a character', () => {
    const { error } = runPayload({ ...run, errorMessage: '😀'.repeat(2_000) }, null).data.run;
    expect(error?.message.length).toBe(1_000);
    expect(error?.message.isWellFormed()).toBe(true);
  });

  it('leads to the run where the API has an address', () => {
    const { url } = runPayload(run, 'https://millrace.example.com/').data;
    expect(url).toMatch(/^https:\/\/millrace\.example\.com\/graphql\?query=/);
    expect(decodeURIComponent(url ?? '')).toContain(`run(id: "run_${uuid}")`);
  });
});

describe('the mail about a run', () => {
  it('says in its subject what happened, and why', () => {
    expect(mailText(runPayload(run, null), false).subject).toBe('[Main] Greet timed out: TIMEOUT');
    expect(mailText(runPayload({ ...run, status: 'SUCCEEDED', errorCode: null }, null), false).subject).toBe('[Main] Greet succeeded');
  });

  it('says how many failures were left out before it', () => {
    expect(mailText({ ...runPayload(run, null), leftOut: 7 }, true).text).toContain(
      '7 more of its runs failed since the mail before this one.',
    );
    expect(mailText(runPayload(run, null), true).text).not.toContain('more of its runs');
  });

  it('shows names and messages as they are, not as markup', () => {
    const { html } = mailText(runPayload({ ...run, automationName: '<script>alert("x")</script>', errorMessage: "<b>&'" }, null), false);
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(html).toContain('&lt;b&gt;&amp;&#39;');
  });
});

describe('a text for a chat', () => {
  it('is no longer than the chat takes, and stays well-formed where it is cut', () => {
    const text = `${'&'.repeat(1_998)}😀 and so on`;
    const message = {
      type: 'flow.message',
      timestamp: '',
      text,
      data: { subject: text, text: '', data: null, run: { id: 'run_1' } },
    } as const;
    const { content } = JSON.parse(chatBody('DISCORD', message)) as { content: string };
    expect([content.length, content.endsWith('�…'), content.isWellFormed()]).toEqual([2_000, true, true]);
  });

  it.each(['x\n'.repeat(4_000), '\u0001'.repeat(8_000), '漢\n'.repeat(9_000)])('fits into a message to Teams', (text) => {
    const body = chatBody('TEAMS', {
      type: 'flow.message',
      timestamp: '',
      text,
      data: { subject: '', text: '', data: null, run: { id: 'run_1' } },
    });
    const bytes = Buffer.byteLength(body);
    expect(bytes).toBeLessThanOrEqual(28_000);
    expect(bytes).toBeGreaterThan(20_000);
    expect(body).toContain('…');
  });

  it('calls nobody in chats that read the form of Slack, and leaves addresses of mails as they are', () => {
    const text = '@channel, _@all_ and (@here) <!here> of a.b@example.com';
    const message = {
      type: 'flow.message',
      timestamp: '',
      text,
      data: { subject: '', text: '', data: null, run: { id: 'run_1' } },
    } as const;
    const sent = JSON.parse(chatBody('SLACK', message)) as { text: string };
    expect(sent.text).not.toMatch(/@(channel|all|here)/);
    expect(sent.text).toContain('a.b@example.com');
    expect(sent.text).toContain('&lt;!here&gt;');
  });
});
