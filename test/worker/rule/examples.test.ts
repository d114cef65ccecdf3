import { beforeAll, describe, expect, it } from 'vitest';
import type { App } from '#app';
import { mailbox, type Mailbox } from '#test/support/mailbox';
import { receiver, type Receiver } from '#test/support/receiver';
import { startRules } from '#test/support/rule-worker';
import { type RuleLines, serviceDesk, type ServiceDesk } from '#test/support/service-desk';

// The example rules of the product whose rules move here, each end to end with what is to come of it.

let app: App;
let hook: Receiver;
let mails: Mailbox;

beforeAll(async () => {
  [hook, mails] = await Promise.all([receiver(), mailbox()]);
  app = await startRules({ OUTGOING_ALLOW: '127.0.0.1', SMTP_URL: mails.url, SMTP_FROM: 'millrace@x.test' });
});

/** Nothing of the rule but what it says is in the workspace. */
async function desk(rule: RuleLines | null, options: Parameters<typeof serviceDesk>[1] = {}): Promise<ServiceDesk> {
  const made = await serviceDesk(app, { t1: 'registered', ...options });
  if (rule !== null) await made.rule(rule);
  return made;
}

const onTask = (rule: Partial<RuleLines>): RuleLines => ({ on: 'Task', trigger: 'on status update', ...rule });
const onReq = (rule: Partial<RuleLines>): RuleLines => ({ on: 'Req', trigger: 'on create', ...rule });

async function assigned(made: ServiceDesk): Promise<void> {
  await made.change('T1', { status: 'assigned' });
  await made.settled();
}

async function requested(made: ServiceDesk): Promise<void> {
  await made.make('request', 'R3', {
    status: 'assigned',
    properties: { impact: 'low', custom_fields: { tags: 'a,b|c' } },
    links: { set: { requested_for: [made.id('Ann')] } },
  });
  await made.settled();
}

const badge = onTask({
  expressions: [
    'is_assigned: status = assigned',
    'request: change.requests[first]',
    'badge: request.custom_fields.badge',
    "badge_task: change.tasks['Prepare a security badge']",
  ],
  condition: 'is_assigned and !badge',
  actions: ["a1: update badge_task add note 'This task was canceled by automation.'", 'a2: update badge_task set status = canceled'],
});

describe('a rule that cancels a task without a badge', () => {
  it.for([{ badge: false }, {}])('writes the note, cancels, and the platform releases the successor: %j', async (fields) => {
    const made = await desk(badge, { r1: fields });
    await assigned(made);
    // The rule is about every task: it is evaluated once more for the successor that was assigned.
    expect(await made.notes('T2')).toEqual(['This task was canceled by automation.', 'This task was canceled by automation.']);
    expect((await made.read('T2')).status).toBe('canceled');
    expect((await made.read('T4')).status).toBe('assigned');
    const where = { workspaceId: made.workspaceId, entityId: made.id('T1') };
    const run = await app.db.prisma.run.findFirstOrThrow({ where, include: { steps: { orderBy: { ordinal: 'asc' } } } });
    expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'EVENT' });
    expect(run.steps.map(({ path, status }) => `${path} ${status}`)).toEqual(['a1 SUCCEEDED', 'a2 SUCCEEDED']);
  });

  it('writes nothing where there is a badge, and the log has all four values', async () => {
    const made = await desk(badge, { r1: { badge: true } });
    await assigned(made);
    expect(await made.notes('T2')).toEqual([]);
    const [row] = await app.db.prisma.evaluation.findMany({ where: { workspaceId: made.workspaceId } });
    expect(row).toMatchObject({ outcome: 'NOT_MET', runId: null });
    expect((row?.values as { name: string; value: unknown }[]).map(({ name, value }) => [name, value])).toEqual([
      ['is_assigned', true],
      ['request', { id: expect.any(Number) as number, name: 'R1' }],
      ['badge', true],
      ['badge_task', { id: expect.any(Number) as number, name: 'Prepare a security badge' }],
    ]);
  });

  it('does nothing when the task is completed', async () => {
    const made = await desk(badge, { t1: 'assigned' });
    await made.change('T1', { status: 'completed' });
    await made.settled();
    expect(await made.outcomes()).toEqual(['NOT_MET']);
    expect(await made.notes('T2')).toEqual([]);
  });
});

describe('a rule that calls the webhook of its app', () => {
  const call: Partial<RuleLines> = {
    trigger: 'on note added',
    expressions: ['text: notes[last].text', 'url: rule_app_instance.custom_fields.url'],
    condition: 'true',
    actions: ["a1: call webhook '{app_offering_webhook}' with payload 'text url'"],
  };
  const calls = (path: string) => hook.received.filter(({ url }) => url === path).map(({ body }) => body);

  it('sends exactly what it names, once, after the commit', async () => {
    const made = await desk(null);
    const { appId } = await made.app({ webhookUrl: `${hook.url}/six` });
    await made.rule(onReq({ ...call, app: appId }));
    await made.change('R1', { notes: [{ text: 'please hurry' }] });
    await made.settled();
    await expect.poll(() => calls('/six'), { timeout: 10_000 }).toEqual(['{"text":"please hurry","url":"https://hook.test/x"}']);
    const delivery = await app.db.prisma.delivery.findFirstOrThrow({ where: { workspaceId: made.workspaceId } });
    expect(delivery).toMatchObject({ kind: 'WEBHOOK', recipientId: null, signerId: appId });
  });

  it('is not evaluated while its instance is suspended', async () => {
    const made = await desk(null);
    const { appId } = await made.app({ webhookUrl: `${hook.url}/suspended`, suspended: true });
    await made.rule(onReq({ ...call, app: appId }));
    await made.change('R1', { notes: [{ text: 'please hurry' }] });
    await made.settled();
    expect(await made.outcomes()).toEqual(['SUSPENDED']);
    expect(await app.db.prisma.delivery.count({ where: { workspaceId: made.workspaceId } })).toBe(0);
    expect(calls('/suspended')).toEqual([]);
  });
});

describe('a rule that asks whoever is served', () => {
  it('writes one note of its own, however many notes follow', async () => {
    const made = await desk(null);
    const { appId } = await made.app();
    await made.rule(
      onReq({
        trigger: 'on note added',
        expressions: [
          'completed: status = completed',
          'was_not_completed: status_was != completed',
          'url: rule_app_instance.custom_fields.form_url',
        ],
        condition: 'completed and was_not_completed',
        actions: ["a1: add note 'Please complete our [survey at: {{url}}]({{url}})'"],
        app: appId,
      }),
    );
    await made.change('R1', { status: 'completed', notes: [{ text: 'Done.' }] });
    await made.settled();
    expect(await made.notes('R1')).toEqual(['hello', 'Done.', 'Please complete our [survey at: https://f.test](https://f.test)']);
    await made.change('R1', { notes: [{ text: 'Thanks.' }] });
    await made.settled();
    expect(await made.notes('R1')).toHaveLength(4);
  });

  it('mentions a person, who is told by e-mail', async () => {
    const made = await desk(onReq({ expressions: ['requester: requested_for'], actions: ["a1: add note 'Hello {{@requester}}'"] }));
    await requested(made);
    expect(await made.notes('R3')).toEqual(['Hello @Ann']);
    const note = await app.db.prisma.note.findFirstOrThrow({ where: { entityId: made.id('R3') } });
    expect(note.mentions).toEqual([made.id('Ann')]);
    await expect.poll(() => mails.mails.find(({ text }) => text.includes('Hello @Ann'))?.to, { timeout: 10_000 }).toEqual(['ann@x.test']);
  });
});

describe('rules for new requests', () => {
  it.for([
    { name: 'set a value', rule: { actions: ['a1: set impact = high'] }, impact: 'high', notes: [] },
    {
      name: 'find an empty text in an empty list',
      rule: { expressions: ["odd: '' in []", "none: 'a' in []"], condition: 'odd and not none', actions: ["a1: add note 'quirk'"] },
      notes: ['quirk'],
    },
    {
      name: 'split and cut texts',
      rule: {
        expressions: ['tags: custom_fields.tags.split(/[,|]/)', "mid: 'abcdef'.slice(1, 3)"],
        condition: "'b' in tags",
        actions: ["a1: add note '{{tags.size}} {{mid}}'"],
      },
      notes: ['3 bcd'],
    },
    {
      name: 'ask for blank texts',
      rule: {
        expressions: ["b: '  '.blank?", "e: '  '.empty?", "p: ' a '.present?"],
        condition: 'b and e and p',
        actions: ["a1: add note 'ok'"],
      },
      notes: ['ok'],
    },
    { name: 'may do nothing at all', rule: {}, notes: [] },
  ])('$name', async ({ rule, notes, impact = 'low' }) => {
    const made = await desk(onReq(rule));
    await requested(made);
    expect(await made.outcomes()).toEqual(['MET']);
    expect(await made.notes('R3')).toEqual(notes);
    expect((await made.read('R3')).properties['impact']).toBe(impact);
    expect(await app.db.prisma.run.findMany({ where: { workspaceId: made.workspaceId } })).toMatchObject([{ status: 'SUCCEEDED' }]);
  });
});

describe('rules for changed requests', () => {
  it('see the old team', async () => {
    const made = await desk(
      onReq({
        trigger: 'on team update',
        expressions: ["moved: team_was = 'Service Desk' and team = 'Database Administration'"],
        condition: 'moved',
        actions: ["a1: add note 'Moved from {{team_was}}'"],
      }),
    );
    await made.change('R1', { links: { set: { team: [made.id('Service Desk')] } } });
    await made.change('R1', { links: { set: { team: [made.id('Database Administration')] } } });
    await made.settled();
    expect(await made.outcomes()).toEqual(['NOT_MET', 'MET']);
    expect(await made.notes('R1')).toEqual(['hello', 'Moved from Service Desk']);
  });

  it('see when they were made', async () => {
    const made = await desk(
      onReq({ trigger: 'on update', expressions: ['old: created_at < 2.days.ago'], condition: 'old', actions: ["a1: add note 'aging'"] }),
    );
    await made.change('R1', { properties: { impact: 'high' } });
    await made.settled();
    expect(await made.notes('R1')).toEqual(['hello']);
    await app.db.prisma.entity.update({ where: { id: made.id('R1') }, data: { createdAt: new Date(Date.now() - 3 * 86_400_000) } });
    await made.change('R1', { properties: { impact: 'top' } });
    await made.settled();
    expect(await made.notes('R1')).toEqual(['hello', 'aging']);
  });
});

describe('rules for tasks that change their status', () => {
  it.for([
    {
      name: 'write to every request of the workflow',
      rule: { actions: ["a1: update workflow.requests add note 'Started'"] },
      R1: ['hello', 'Started'],
      R2: ['Started'],
    },
    {
      name: 'leave out the members that are not meant',
      rule: {
        expressions: ['others: workflow.tasks.reject(status = registered)'],
        condition: 'others.size = 1',
        actions: ["a1: add note 'only me'"],
      },
      T1: ['only me'],
    },
    {
      name: 'know the last one',
      rule: {
        expressions: ['tail: workflow.tasks[last].subject'],
        condition: "tail = 'Retrieve badge'",
        actions: ["a1: add note '{{tail}}'"],
      },
      T1: ['Retrieve badge'],
    },
    {
      name: 'know the order of the life cycle',
      rule: {
        expressions: ['past: status > registered', 'done: status >= completed'],
        condition: 'past and not done',
        actions: ["a1: add note 'live'"],
      },
      T1: ['live'],
    },
  ])('$name', async ({ rule, R1 = ['hello'], R2 = [], T1 = [] }) => {
    const made = await desk(onTask(rule));
    await assigned(made);
    expect({ R1: await made.notes('R1'), R2: await made.notes('R2'), T1: await made.notes('T1') }).toEqual({ R1, R2, T1 });
  });

  it.for([
    ['Chicago', 'Facilities Chicago', 'is_chicago then chi else rest'],
    ['Boston', 'Facilities Boston', 'is_chicago then chi else rest'],
    ['Oslo', 'Facilities New York', 'is_chicago then chi else rest'],
    ['Chicago', 'Facilities Chicago', 'is_chicago ? chi : rest'],
    ['Oslo', 'Facilities New York', 'is_chicago ? chi : rest'],
  ] as const)('choose a team: %s is for %s by %s', async ([site, team, choice]) => {
    const made = await desk(
      onTask({
        expressions: [
          'site: workflow.requests[first].custom_fields.site',
          "is_chicago: site = 'Chicago'",
          "is_boston: site = 'Boston'",
          "chi: find(team,'Facilities Chicago')",
          "bos: find(team,'Facilities Boston')",
          "ny: find(team,'Facilities New York')",
          'rest: is_boston then bos else ny',
          `new_team: ${choice}`,
        ],
        actions: ["a1: update workflow.tasks['Prepare a security badge'] set team = new_team"],
      }),
      { r1: { site } },
    );
    await assigned(made);
    expect((await made.read('T2')).links['team']).toEqual([team]);
  });

  it('calculate times', async () => {
    const made = await desk(
      onTask({
        expressions: ['from: workflow.requests[first].custom_fields.from', 'start: from - 1.hour'],
        actions: ["a1: update workflow.tasks['Install phone'] set start_at = start"],
      }),
    );
    await assigned(made);
    expect((await made.read('T3')).properties['start_at']).toBe('2024-03-10T08:00:00Z');
  });

  it('are undone whole where one action is refused', async () => {
    const made = await desk(onTask({ condition: 'status = assigned', actions: ["a1: add note 'x'", 'a2: set status = approved'] }));
    await assigned(made);
    expect(await made.notes('T1')).toEqual([]);
    expect((await made.read('T1')).status).toBe('assigned');
    expect(await made.outcomes()).toEqual(['FAILED CONFLICT']);
    const run = await app.db.prisma.run.findFirstOrThrow({ where: { workspaceId: made.workspaceId }, include: { steps: true } });
    expect(run).toMatchObject({
      status: 'FAILED',
      errorCode: 'CONFLICT',
      errorDetail: { block: 'actions', line: 2, column: 1, label: 'a2' },
    });
    expect(run.steps.map(({ path, status }) => `${path} ${status}`)).toEqual(['a2 FAILED']);
  });

  it('find no configuration item where there is none', async () => {
    const made = await desk(
      onTask({
        expressions: ['missing: cis[first] = nil'],
        condition: 'status = completed and not missing',
        actions: ['a1: update cis[first] set status = in_production'],
      }),
      { t1: 'assigned' },
    );
    await made.change('T1', { status: 'completed' });
    await made.settled();
    expect(await made.outcomes()).toEqual(['NOT_MET']);
  });

  it('clear a collection', async () => {
    const made = await desk({ on: 'Ci', trigger: 'on status update', condition: 'status = retired', actions: ['a1: clear users'] });
    await made.change('C1', { links: { set: { users: [made.id('Ann'), made.id('Bob')] } } });
    await made.change('C1', { status: 'retired' });
    await made.settled();
    expect((await made.read('C1')).links['users']).toBeUndefined();
  });
});

describe('a rule that makes a task', () => {
  const extra = (template: string) =>
    onTask({
      expressions: [`extra: new(task, '${template}')`, 'dba: find(team, 9)'],
      condition: "status = assigned and subject = 'Approve access'",
      actions: ['a1: update extra set team = dba'],
    });
  const tasks = async (made: ServiceDesk) =>
    app.db.prisma.entity.findMany({ where: { workspaceId: made.workspaceId, blueprint: { key: 'task' } }, orderBy: { number: 'asc' } });

  it('makes one of the workflow, with the team', async () => {
    const made = await desk(extra('Extra check'));
    await assigned(made);
    const all = await tasks(made);
    expect(all.map(({ name }) => name).slice(4)).toEqual(['Extra check']);
    const links = await app.db.prisma.entityLink.findMany({
      where: { fromId: all[4]?.id ?? '' },
      include: { to: true },
      orderBy: { name: 'asc' },
    });
    expect(links.map(({ name, to }) => `${name} ${to.name}`)).toEqual(['team Database Administration', 'workflow W1']);
  });

  it('makes none where its condition is not met', async () => {
    const made = await desk(extra('Extra check'), { t1: 'assigned' });
    await made.change('T1', { status: 'completed' });
    await made.settled();
    expect(await tasks(made)).toHaveLength(4);
  });

  it('fails for a template that is not one of the workflow', async () => {
    const made = await desk(extra('Other check'));
    await assigned(made);
    expect(await tasks(made)).toHaveLength(4);
    expect(await made.outcomes()).toEqual(['FAILED NOT_FOUND']);
  });
});

describe('a rule that is due later', () => {
  async function armed(): Promise<ServiceDesk> {
    const made = await desk(
      onTask({
        name: 'Escalate',
        trigger: 'after delay',
        expressions: ['boss: approvals[first].approver.manager'],
        condition: 'status = assigned',
        actions: ['a1: update approvals[first] set approver = boss'],
      }),
    );
    await made.rule(onTask({ name: 'Arm', condition: 'status = assigned', actions: ["a1: after 2.days trigger 'Escalate'"] }));
    await assigned(made);
    const timer = await app.db.prisma.timer.findFirstOrThrow({ where: { workspaceId: made.workspaceId } });
    const event = await app.db.prisma.event.findUniqueOrThrow({ where: { id: timer.eventId ?? '' } });
    expect(Math.abs(timer.dueAt.getTime() - event.at.getTime() - 2 * 86_400_000)).toBeLessThan(60_000);
    return made;
  }
  /** Two days later, as far as its timers can tell. */
  async function later(made: ServiceDesk): Promise<void> {
    const where = { workspaceId: made.workspaceId };
    await app.db.prisma.timer.updateMany({ where, data: { dueAt: new Date(0) } });
    app.wake.send('timers');
    await expect.poll(() => app.db.prisma.timer.count({ where }), { timeout: 10_000, interval: 20 }).toBe(0);
    await made.settled();
  }

  it('goes to the manager of the approver if nobody has decided', async () => {
    const made = await armed();
    await later(made);
    expect((await made.read('A1')).links['approver']).toEqual(['Cy']);
    expect(await app.db.prisma.run.count({ where: { workspaceId: made.workspaceId, trigger: 'DELAY' } })).toBe(1);
  });

  it('does nothing once it was approved', async () => {
    const made = await armed();
    await made.change('A1', { status: 'approved' });
    await made.settled();
    expect((await made.read('T1')).status).toBe('approved');
    await later(made);
    expect((await made.read('A1')).links['approver']).toEqual(['Bob']);
    expect(await made.outcomes()).toEqual(['MET', 'NOT_MET', 'NOT_MET']);
  });
});
