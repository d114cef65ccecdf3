import { fuelOf } from '#language/fuel';
import { checkRule } from '#language/rule/check';
import { parseRule } from '#language/rule/parse';
import { type Effect, evaluateRule, type Outcome } from '#language/rule/run';
import type { RuleError } from '#language/rule/rule-error';
import type { Rule, RuleText } from '#language/rule/syntax';
import { displayOf } from '#language/rule/operations';
import type { RuleObject, RuleRecord, RuleTime, RuleValue } from '#language/rule/value';
import type { FieldType, RecordType, RuleTypes, RuleWorld } from '#language/rule/world';

const text = { type: 'text' } as const;
const number = { type: 'number' } as const;
const time = { type: 'time' } as const;
const object = { type: 'object' } as const;
const id = { type: 'number', readOnly: true } as const;
const one = (of: string): FieldType => ({ type: 'one', of });
const many = (of: string): FieldType => ({ type: 'many', of });
const choice = (...values: string[]): FieldType => ({ type: 'choice', values });
const type = (fields: Record<string, FieldType>): RecordType => ({ fields: new Map(Object.entries(fields)) });

const types = new Map([
  [
    'request',
    type({
      id,
      subject: text,
      status: choice('registered', 'assigned', 'in_progress', 'completed'),
      impact: choice('low', 'medium', 'high', 'top'),
      requested_for: one('person'),
      team: one('team'),
      workflow: one('workflow'),
      notes: many('note'),
      created_at: time,
      custom_fields: object,
    }),
  ],
  [
    'task',
    type({
      id,
      subject: text,
      status: choice('registered', 'assigned', 'in_progress', 'completed', 'approved', 'canceled'),
      team: one('team'),
      workflow: one('workflow'),
      change: one('workflow'),
      approvals: many('approval'),
      cis: many('ci'),
      start_at: time,
      effort: number,
    }),
  ],
  ['workflow', type({ id, requests: many('request'), tasks: many('task') })],
  ['approval', type({ id, status: choice('registered', 'assigned', 'approved'), approver: one('person') })],
  ['person', type({ id, name: text, primary_email: text, manager: one('person') })],
  ['team', type({ id, name: text, calendar: one('calendar') })],
  ['calendar', type({ id, name: text })],
  ['note', type({ id, text, person: one('person') })],
  ['ci', type({ id, name: text, status: choice('in_stock', 'in_production', 'retired'), location: text, users: many('person') })],
  ['app_instance', type({ id, custom_fields: object })],
]);

export const record = (of: string, number: number, name: string): RuleRecord => ({ kind: 'record', type: of, id: number, name });
const fields = (entries: Record<string, RuleValue>): RuleObject => ({ kind: 'object', entries: new Map(Object.entries(entries)) });
export const at = (iso: string): RuleTime => ({ kind: 'time', ms: Date.parse(iso) });

export const people = { ann: record('person', 11, 'Ann'), bob: record('person', 12, 'Bob'), cy: record('person', 13, 'Cy') };
const teams = [
  record('team', 1, 'Service Desk'),
  record('team', 9, 'Database Administration'),
  record('team', 12, 'Facilities Chicago'),
  record('team', 13, 'Facilities Boston'),
  record('team', 14, 'Facilities New York'),
] as const;
export const w1 = record('workflow', 1, 'W1');
export const tasks = ['Approve access', 'Prepare a security badge', 'Install phone', 'Retrieve badge'].map((subject, i) =>
  record('task', 101 + i, subject),
);
export const [t1 = w1, t2 = w1, t3 = w1] = tasks;
export const [r1, r2] = [record('request', 201, 'R1'), record('request', 202, 'R2')];
export const c1 = record('ci', 301, 'Badge 7');
const approval = record('approval', 401, 'Approval');
const notes = [record('note', 501, 'hello'), record('note', 502, 'please hurry')];
const instance = record('app_instance', 601, 'Instance');
const hours = record('calendar', 701, 'Office hours');

export type Patch = Readonly<Record<string, RuleValue>>;
const key = ({ type: of, id: which }: RuleRecord, name: string) => `${of} ${String(which)} ${name}`;
const fieldsOf = (of: RuleRecord, values: Patch) => Object.entries(values).map(([name, value]) => [key(of, name), value] as const);

function store(): Map<string, RuleValue> {
  return new Map<string, RuleValue>([
    ...fieldsOf(r1, {
      subject: 'R1',
      status: 'assigned',
      impact: 'low',
      requested_for: people.ann,
      team: teams[1],
      workflow: w1,
      notes,
      created_at: at('2024-03-05T00:00:00Z'),
      custom_fields: fields({ badge: false, site: 'Chicago', from: at('2024-03-10T09:00:00Z'), code: ' ab-1 ', tags: 'a,b|c' }),
    }),
    ...fieldsOf(r2, { status: 'completed', requested_for: people.bob, notes: [], workflow: w1 }),
    ...fieldsOf(w1, { requests: [r1, r2], tasks }),
    ...tasks.flatMap((task, i) =>
      fieldsOf(task, {
        subject: task.name,
        status: i === 0 ? 'assigned' : 'registered',
        team: teams[0],
        workflow: w1,
        change: w1,
        effort: 10 * (i + 1),
        cis: [],
        approvals: i === 0 ? [approval] : [],
      }),
    ),
    ...fieldsOf(approval, { status: 'assigned', approver: people.bob }),
    ...fieldsOf(people.ann, { name: 'Ann', primary_email: 'ann@x.test', manager: people.bob }),
    ...fieldsOf(people.bob, { name: 'Bob', manager: people.cy }),
    ...teams.flatMap((team) => fieldsOf(team, { name: team.name, calendar: hours })),
    ...notes.flatMap((note) => fieldsOf(note, { text: note.name, person: people.ann })),
    ...fieldsOf(c1, { name: 'Badge 7', status: 'in_stock', location: 'reception desk', users: [] }),
    ...fieldsOf(instance, { custom_fields: fields({ url: 'https://hook.test/x', form_url: 'https://f.test' }) }),
  ]);
}

const known = [...Object.values(people), ...teams, c1, hours];
const hour = 3_600_000;

export const typesFor = (of: string): RuleTypes => ({
  record: of,
  types,
  roots: new Map([
    ['rule_app_instance', one('app_instance')],
    ['current_user', one('person')],
  ]),
  rules: null,
});

/** A world of one workflow. `patch` changes fields of records: `{ 'request 201 status': 'completed' }`. */
export function worldFor(of: RuleRecord, patch: Patch = {}, was: Patch = {}): RuleWorld {
  const values = store();
  for (const [name, value] of Object.entries(patch)) values.set(name, value);
  return {
    types: typesFor(of.type),
    record: of,
    now: at('2024-03-08T12:00:00Z'),
    field: (from, name) => values.get(key(from, name)) ?? null,
    was: (name) => was[name] ?? values.get(key(of, name)) ?? null,
    root: (name) => Promise.resolve(name === 'current_user' ? people.cy : instance),
    find: (of2, wanted) =>
      known.find(
        (found) =>
          found.type === of2 && (found.id === wanted || found.name === wanted || values.get(key(found, 'primary_email')) === wanted),
      ) ?? null,
    findAll: (of2, wanted) => Promise.resolve(known.filter((found) => found.type === of2 && found.name.includes(wanted))),
    targetAt: (_, start, { ms }) => ({ kind: 'time', ms: start.ms + 3 * ms }),
    workingTime: (_, start, end) => ({ kind: 'duration', months: 0, ms: Math.floor((end.ms - start.ms) / 3 / hour) * hour }),
  };
}

export const ruleText = (part: Partial<RuleText>): RuleText => ({
  trigger: 'on update',
  expressions: '',
  condition: '',
  actions: '',
  ...part,
});

export function errorsOf(part: Partial<RuleText>, of: string | null = null): readonly RuleError[] {
  const parsed = parseRule(ruleText(part));
  if (!parsed.ok) return parsed.errors;
  return of === null ? [] : checkRule(parsed.tree, typesFor(of));
}

export const placesOf = (part: Partial<RuleText>, of: string | null = null): readonly string[] =>
  errorsOf(part, of).map(({ block, line, column, code }) => `${block} ${String(line)}:${String(column)} ${code}`);

export function read(part: Partial<RuleText>): Rule {
  const parsed = parseRule(ruleText(part));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.tree;
}

export async function run(part: Partial<RuleText>, world: RuleWorld): Promise<Outcome> {
  const rule = read(part);
  const errors = checkRule(rule, world.types);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return evaluateRule(rule, world);
}

/** Effects as a reader would tell them. */
export async function effects(part: Partial<RuleText>, world: RuleWorld): Promise<readonly string[]> {
  const outcome = await run(part, world);
  if (outcome.status === 'FAILED') return [`failed ${outcome.error.block} ${String(outcome.error.line)} ${outcome.error.code}`];
  return outcome.status === 'NOT_MET' ? ['not met'] : outcome.effects.map(told);
}

export const shown = (value: RuleValue): string => displayOf(value, { fuel: fuelOf(10_000), at: 0 });

function told(effect: Effect): string {
  switch (effect.type) {
    case 'create':
      return `create ${effect.record.type} ${effect.record.name}`;
    case 'set':
    case 'add':
    case 'remove':
      return `${effect.type} ${effect.target.name} ${effect.field.join('.')} ${shown(effect.value)}`;
    case 'note':
      return `note ${effect.target.name} ${effect.text}${effect.mentions.map(({ name }) => ` (to ${name})`).join('')}`;
    case 'clear':
      return `clear ${effect.target.name} ${effect.field.join('.')}`;
    case 'skip':
      return `skip ${effect.label}`;
    case 'trigger':
      return `trigger ${effect.rule} ${effect.record.name} ${shown(effect.due)}`;
    case 'webhook':
      return `webhook ${effect.webhook} ${JSON.stringify(effect.payload)}`;
    case 'email':
      return `email ${effect.to.map((to) => (typeof to === 'string' ? to : to.name)).join(' ')}: ${effect.subject}: ${effect.body}`;
  }
}
