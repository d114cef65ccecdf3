import type { CreateBlueprintInput } from './blueprint.input.js';

type Shipped = Omit<CreateBlueprintInput, 'workspaceId' | 'idempotencyKey'>;
type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: 'string', description });
const markdown = (description: string): Schema => ({ type: 'string', format: 'markdown', description });
const moment = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
const custom = { type: 'object', description: 'Fields of your own.' };
const impact = { type: 'string', enum: ['low', 'medium', 'high', 'top'], description: 'How much depends on it.' };
const sourceId = text('Its id in the system that it comes from.');
const of = (properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  type: 'object',
  properties: { ...properties, source_id: sourceId, custom_fields: custom },
  required,
});

const one = (name: string, blueprint: string, aliases: string[] = []) => ({ name, aliases, kind: 'ONE' as const, blueprint });
const many = (name: string, blueprint: string) => ({ name, kind: 'MANY' as const, blueprint });
const inverse = (name: string, blueprint: string, inverseOf: string) => ({ name, kind: 'INVERSE' as const, blueprint, inverseOf });

const open = (...names: string[]) => names.map((name) => ({ name }));
const final = (...names: string[]) => names.map((name) => ({ name, final: true }));

/** What a service desk works with: the types, fields and statuses that its rules are about. In an order in which each knows what it refers to. */
export const serviceBlueprints: readonly Shipped[] = [
  {
    key: 'calendar',
    name: 'Calendar',
    description: 'The hours in which work is done.',
    schema: of(
      {
        name: text('What it is called.'),
        time_zone: text('The IANA name of the time zone that its hours are in.'),
        hours: {
          type: 'array',
          description: 'When work is done.',
          items: {
            type: 'object',
            properties: {
              day: { type: 'string', enum: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] },
              from: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' },
              to: { type: 'string', pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' },
            },
            required: ['day', 'from', 'to'],
          },
        },
        holidays: { type: 'array', items: { type: 'string', format: 'date' }, description: 'Days without any work.' },
      },
      ['name'],
    ),
  },
  {
    key: 'person',
    name: 'Person',
    description: 'Somebody who asks, works or decides.',
    schema: of(
      {
        name: text('The full name.'),
        primary_email: { type: 'string', format: 'email', description: 'Where mail reaches the person.' },
        job_title: text('What the person does.'),
        time_zone: text('The IANA name of the time zone.'),
      },
      ['name'],
    ),
    links: [one('manager', 'person'), inverse('reports', 'person', 'manager'), inverse('teams', 'team', 'members')],
    indexed: ['primary_email', 'source_id'],
  },
  {
    key: 'team',
    name: 'Team',
    description: 'People who work together.',
    schema: of({ name: text('What it is called.'), remarks: markdown('What else there is to say.') }, ['name']),
    links: [one('calendar', 'calendar'), one('manager', 'person'), many('members', 'person')],
    indexed: ['source_id'],
  },
  {
    key: 'ci',
    name: 'Configuration item',
    description: 'A thing that is looked after.',
    aliases: ['Ci'],
    schema: of(
      {
        name: text('What it is called.'),
        label: text('What stands on it.'),
        serial_nr: text('Its serial number.'),
        location: text('Where it is.'),
        remarks: markdown('What else there is to say.'),
      },
      ['name'],
    ),
    statuses: [...open('in_stock', 'in_production', 'undergoing_maintenance', 'broken_down', 'archived'), ...final('retired')],
    links: [many('users', 'person'), one('team', 'team'), inverse('requests', 'request', 'cis'), inverse('tasks', 'task', 'cis')],
    indexed: ['label', 'serial_nr', 'location', 'source_id'],
  },
  {
    key: 'task_template',
    name: 'Task template',
    description: 'What new tasks are made of.',
    schema: of({ subject: text('The subject of its tasks.'), effort: { type: 'integer', minimum: 0, description: 'Minutes.' } }, [
      'subject',
    ]),
    displayField: 'subject',
    links: [one('team', 'team'), one('member', 'person'), many('cis', 'ci')],
  },
  {
    key: 'workflow_template',
    name: 'Workflow template',
    description: 'What workflows are made of.',
    schema: of({ name: text('What it is called.') }, ['name']),
    links: [many('task_templates', 'task_template'), inverse('workflows', 'workflow', 'template')],
  },
  {
    key: 'workflow',
    name: 'Workflow',
    description: 'Tasks that belong together, and the requests that they are for.',
    schema: of({ name: text('What it is called.'), start_at: moment('When it begins.') }, ['name']),
    statuses: [...open('registered', 'in_progress'), ...final('completed', 'canceled')],
    links: [
      one('manager', 'person'),
      one('template', 'workflow_template'),
      inverse('requests', 'request', 'workflow'),
      inverse('tasks', 'task', 'workflow'),
    ],
    indexed: ['start_at', 'source_id'],
  },
  {
    key: 'approval',
    name: 'Approval',
    description: 'The decision of one person about a task.',
    schema: of({ name: text('What is decided.') }, []),
    statuses: [...open('registered', 'assigned'), ...final('approved', 'rejected')],
    links: [one('task', 'task'), one('approver', 'person')],
  },
  {
    key: 'task',
    name: 'Task',
    description: 'A piece of work of a workflow.',
    aliases: ['Task'],
    schema: of(
      {
        subject: text('What is to be done.'),
        impact,
        start_at: moment('When it begins at the earliest.'),
        completion_target: moment('When it is to be done.'),
        effort: { type: 'integer', minimum: 0, description: 'Minutes.' },
        instructions: markdown('How it is done.'),
      },
      ['subject'],
    ),
    displayField: 'subject',
    statuses: [
      ...open('registered', 'assigned', 'in_progress', 'waiting'),
      { name: 'completed', final: true },
      { name: 'approved', final: true, derived: true, when: { link: 'approvals', status: 'approved' } },
      ...final('rejected', 'canceled'),
    ],
    links: [
      one('workflow', 'workflow', ['change']),
      one('team', 'team'),
      one('member', 'person'),
      many('predecessors', 'task'),
      inverse('successors', 'task', 'predecessors'),
      inverse('approvals', 'approval', 'task'),
      many('cis', 'ci'),
    ],
    indexed: ['impact', 'start_at', 'completion_target', 'effort', 'source_id'],
    release: { link: 'predecessors', from: 'registered', to: 'assigned' },
    template: { blueprint: 'task_template', parent: 'workflow', parentTemplate: 'template', members: 'task_templates' },
  },
  {
    key: 'request',
    name: 'Request',
    description: 'What somebody asked for.',
    aliases: ['Req'],
    schema: of(
      {
        subject: text('What is asked for.'),
        impact,
        source: text('The system that it comes from.'),
        completion_target: moment('When it is to be done.'),
      },
      ['subject'],
    ),
    displayField: 'subject',
    statuses: [...open('registered', 'assigned', 'in_progress', 'waiting'), ...final('completed', 'rejected', 'canceled')],
    links: [
      one('requested_for', 'person'),
      one('requested_by', 'person'),
      one('team', 'team'),
      one('member', 'person'),
      one('workflow', 'workflow', ['change']),
      many('cis', 'ci'),
    ],
    indexed: ['impact', 'completion_target', 'source', 'source_id'],
  },
];
