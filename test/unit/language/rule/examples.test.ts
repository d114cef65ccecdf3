import { describe, expect, test } from 'vitest';
import type { RuleValue } from '#language/rule/value';
import { at, c1, effects, placesOf, r1, run, shown, t1, worldFor } from './fixture.js';

const badge = {
  trigger: 'on status update',
  expressions: [
    'is_assigned: status = assigned',
    'request: change.requests[first]',
    'badge: request.custom_fields.badge',
    "badge_task: change.tasks['Prepare a security badge']",
  ].join('\n'),
  condition: 'is_assigned and !badge',
  actions: ["a1: update badge_task add note 'This task was canceled.'", 'a2: update badge_task set status = canceled'].join('\n'),
};
const customFields = (entries: Record<string, RuleValue>) => ({
  'request 201 custom_fields': { kind: 'object', entries: new Map(Object.entries(entries)) } as const,
});
const canceled = ['note Prepare a security badge This task was canceled.', 'set Prepare a security badge status canceled'];

describe('a badge that is not needed', () => {
  test('cancels the task that would prepare it', async () => {
    expect(await effects(badge, worldFor(t1))).toEqual(canceled);
  });

  test('is left alone when it is needed, and the values are known', async () => {
    const outcome = await run(badge, worldFor(t1, customFields({ badge: true })));
    expect(outcome.status).toBe('NOT_MET');
    expect(outcome.values.map(({ name, value }) => `${name} ${shown(value)}`)).toEqual([
      'is_assigned true',
      'request R1',
      'badge true',
      'badge_task Prepare a security badge',
    ]);
  });

  test('is not needed when the field is not there', async () => {
    expect(await effects(badge, worldFor(t1, customFields({})))).toEqual(canceled);
  });

  test('does nothing for another status', async () => {
    expect(await effects(badge, worldFor(t1, { 'task 101 status': 'completed' }))).toEqual(['not met']);
  });
});

const task = worldFor(t1);
const request = worldFor(r1);
const sites = [
  'site: workflow.requests[first].custom_fields.site',
  "is_chicago: site = 'Chicago'",
  "is_boston: site = 'Boston'",
  "chi: find(team,'Facilities Chicago')",
  "bos: find(team,'Facilities Boston')",
  "ny: find(team,'Facilities New York')",
  'rest: is_boston then bos else ny',
].join('\n');
const setTeam = "a1: update workflow.tasks['Prepare a security badge'] set team = new_team";
const moved = {
  trigger: 'on team update',
  expressions: "moved: team_was = 'Service Desk' and team = 'Database Administration'",
  condition: 'moved',
  actions: "a1: add note 'Moved from {{team_was}}'",
};
const once = {
  trigger: 'on note added',
  expressions: 'completed: status = completed\nwas_not: status_was != completed\nurl: rule_app_instance.custom_fields.form_url',
  condition: 'completed and was_not',
  actions: "a1: add note 'Please answer [at: {{url}}]({{url}})'",
};
const completed = { 'request 201 status': 'completed' };
const extra = {
  expressions: "extra: new(task, 'Extra check')\ndba: find(team, 9)",
  condition: 'status = assigned',
  actions: 'a1: update extra set team = dba\na2: update extra add note "again"',
};

test.each([
  [
    'a webhook gets values by name',
    {
      trigger: 'on note added',
      expressions: 'text: notes[last].text\nurl: rule_app_instance.custom_fields.url',
      condition: 'true',
      actions: "a1: call webhook '{app_offering_webhook}' with payload 'text url'",
    },
    request,
    ['webhook {app_offering_webhook} {"text":"please hurry","url":"https://hook.test/x"}'],
  ],
  [
    'a note on completion',
    once,
    worldFor(r1, completed, { status: 'assigned' }),
    ['note R1 Please answer [at: https://f.test](https://f.test)'],
  ],
  ['no second note', once, worldFor(r1, completed, { status: 'completed' }), ['not met']],
  [
    'a mention',
    { trigger: 'on create', expressions: 'requester: requested_for', actions: "a1: add note 'Hello {{@requester}}'" },
    request,
    ['note R1 Hello @Ann (to Ann)'],
  ],
  ['a value without quotes', { actions: 'a1: set impact = high' }, request, ['set R1 impact high']],
  ['each of a collection', { actions: "a1: update workflow.requests add note 'Started'" }, task, ['note R1 Started', 'note R2 Started']],
  [
    'a choice of members',
    { expressions: 'others: workflow.tasks.reject(status = registered)', condition: 'others.size = 1', actions: "a1: add note 'only me'" },
    task,
    ['note Approve access only me'],
  ],
  [
    'the last of a collection',
    { expressions: 'tail: workflow.tasks[last].subject', condition: "tail = 'Retrieve badge'", actions: "a1: add note '{{tail}}'" },
    task,
    ['note Approve access Retrieve badge'],
  ],
  [
    'an old value',
    moved,
    worldFor(r1, {}, { team: { kind: 'record', type: 'team', id: 1, name: 'Service Desk' } }),
    ['note R1 Moved from Service Desk'],
  ],
  [
    'the order of a life cycle',
    { expressions: 'past: status > registered\ndone: status >= completed', condition: 'past and not done', actions: "a1: add note 'live'" },
    task,
    ['note Approve access live'],
  ],
  [
    'the empty text in an empty list',
    { expressions: "odd: '' in []\nnone: 'a' in []", condition: 'odd and not none', actions: "a1: add note 'quirk'" },
    request,
    ['note R1 quirk'],
  ],
  [
    'a choice by name',
    { expressions: `${sites}\nnew_team: is_chicago then chi else rest`, actions: setTeam },
    task,
    ['set Prepare a security badge team Facilities Chicago'],
  ],
  [
    'the same with ? and :',
    { expressions: `${sites}\nnew_team: is_chicago ? chi : rest`, actions: setTeam },
    worldFor(t1, customFields({ site: 'Boston' })),
    ['set Prepare a security badge team Facilities Boston'],
  ],
  [
    'an hour before',
    {
      expressions: 'from: workflow.requests[first].custom_fields.from\nstart: from - 1.hour',
      actions: "a1: update workflow.tasks['Install phone'] set start_at = start",
    },
    task,
    ['set Install phone start_at 2024-03-10T08:00:00Z'],
  ],
  [
    'an age',
    { expressions: 'old: created_at < 2.days.ago', condition: 'old', actions: "a1: add note 'aging'" },
    request,
    ['note R1 aging'],
  ],
  [
    'a rule that comes later',
    { trigger: 'on status update', condition: 'status = assigned', actions: "a1: after 2.days trigger 'Escalate'" },
    task,
    ['trigger Escalate Approve access 2024-03-10T12:00:00Z'],
  ],
  [
    'an escalation',
    {
      trigger: 'after delay',
      expressions: 'boss: approvals[first].approver.manager',
      condition: 'status = assigned',
      actions: 'a1: update approvals[first] set approver = boss',
    },
    task,
    ['set Approval approver Cy'],
  ],
  [
    'no record that is linked',
    {
      expressions: 'missing: cis[first] = nil',
      condition: 'status = assigned and not missing',
      actions: "a1: update cis[first] set location 'x'",
    },
    task,
    ['not met'],
  ],
  ['a nil target is passed over', { actions: "a1: update cis[first] set location 'x'" }, task, ['skip a1']],
  [
    'emptied',
    { trigger: 'on status update', condition: 'status = retired', actions: 'a1: clear users' },
    worldFor(c1, { 'ci 301 status': 'retired' }),
    ['clear Badge 7 users'],
  ],
  [
    'a new record, made once',
    extra,
    task,
    ['create task Extra check', 'set Extra check team Database Administration', 'note Extra check again'],
  ],
  ['no new record without an action', extra, worldFor(t1, { 'task 101 status': 'completed' }), ['not met']],
  [
    'text in parts',
    {
      expressions: "tags: custom_fields.tags.split(/[,|]/)\nmid: 'abcdef'.slice(1, 3)",
      condition: "'b' in tags",
      actions: "a1: add note '{{tags.size}} {{mid}}'",
    },
    request,
    ['note R1 3 bcd'],
  ],
  [
    'white space is nothing',
    { expressions: "b: '  '.blank?\ne: '  '.empty?\np: ' a '.present?", condition: 'b and e and p', actions: "a1: add note 'ok'" },
    request,
    ['note R1 ok'],
  ],
  ['a rule without actions', { trigger: 'on create' }, request, []],
  [
    'an e-mail',
    { actions: `a1: send email to requested_for subject 'About {{subject}}' body 'By {{current_user}},\n{{created_at}}'` },
    request,
    ['email Ann: About R1: By Cy,\n2024-03-05T00:00:00Z'],
  ],
  [
    'members come and go',
    { actions: 'a1: add find(person, "ann@x.test") to users\na2: remove current_user from users' },
    worldFor(c1),
    ['add Badge 7 users Ann', 'remove Badge 7 users Cy'],
  ],
  ['a type is seen at run', { actions: "a1: add note 'x'\na2: set effort = effort + 'x'" }, task, ['failed actions 2 TYPE']],
] as const)('%s', async (_, rule, world, expected) => {
  expect(await effects(rule, world)).toEqual(expected);
});

test.each([
  [{ expressions: 'bad: workflow.requests[0]' }, 'request', ['expressions 1:24 TYPE']],
  [{ expressions: 'a: 1\na: 2' }, 'request', ['expressions 2:1 DUPLICATE_NAME']],
  [{ actions: 'a1: set nosuch = 1\na2: set id = 1' }, 'request', ['actions 1:9 UNKNOWN_FIELD', 'actions 2:9 READ_ONLY_FIELD']],
] as const)('%j is refused at save', (rule, of, expected) => {
  expect(placesOf(rule, of)).toEqual(expected);
});

test('calendars answer', async () => {
  const outcome = await run(
    { expressions: 'c: team.calendar\nt: c.target_at(now, 2.hours)\nd: c.duration(created_at, now)\nk: today' },
    worldFor(r1),
  );
  expect(outcome.values.slice(1).map(({ value }) => value)).toEqual([
    at('2024-03-08T18:00:00Z'),
    { kind: 'duration', months: 0, ms: 28 * 3_600_000 },
    at('2024-03-08T00:00:00Z'),
  ]);
});
