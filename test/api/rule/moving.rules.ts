/** A row of the table of rules that the product from which they move exports, under its names. */
export interface ExportedRule {
  readonly app_offering: string;
  readonly rulable_type: string;
  readonly name: string;
  readonly trigger: string;
  readonly position: string;
  readonly expressions: string;
  readonly condition: string;
  readonly actions: string;
  readonly description: string;
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

/** As that product writes it: with ids, moments and HTML that nobody can give, and rows that end as in RFC 4180. */
export function table(rules: readonly ExportedRule[]): string {
  const header =
    'ID,App offering,Rulable type,Name,Trigger,Position,Expressions,Condition,Actions,Description,Description HTML,Created at,Updated at';
  const rows = rules.map((rule, index) => {
    const { app_offering, rulable_type, name, trigger, position, expressions, condition, actions, description } = rule;
    const at = '2024-03-08T12:00:00Z';
    const texts = [expressions, condition, actions, description, `<p>${description}</p>`];
    return [String(index + 6), app_offering, rulable_type, name, trigger, position, ...texts, at, at].map(quoted).join(',');
  });
  return [header, ...rows, ''].join('\r\n');
}

type Texts = Partial<Pick<ExportedRule, 'expressions' | 'condition' | 'actions' | 'description'>>;

let position = 0;

function rule(rulable_type: string, trigger: string, name: string, { expressions, condition, actions, description }: Texts): ExportedRule {
  position += 1;
  return {
    app_offering: 'badges',
    rulable_type,
    name,
    trigger,
    position: String(position),
    expressions: expressions ?? '',
    condition: condition ?? '',
    actions: actions ?? '',
    description: description ?? '',
  };
}

const request = (name: string, trigger: string, texts: Texts) => rule('Req', trigger, name, texts);
const task = (name: string, texts: Texts, trigger = 'on status update') => rule('Task', trigger, name, texts);
const lines = (...all: string[]) => all.join('\n');

/** One of every kind that is written there. */
export const exportedRules: readonly ExportedRule[] = [
  task('Cancel badge task', {
    expressions: lines(
      'is_assigned: status = assigned',
      'request: change.requests[first]',
      'badge: request.custom_fields.badge',
      "badge_task: change.tasks['Prepare a security badge']",
    ),
    condition: 'is_assigned and !badge',
    actions: lines("a1: update badge_task add note 'This task was canceled by automation.'", 'a2: update badge_task set status = canceled'),
    description: 'No *badge*, no "task".',
  }),
  request('Call', 'on note added', {
    expressions: lines('text: notes[last].text', 'url: rule_app_instance.custom_fields.url'),
    condition: 'true',
    actions: "a1: call webhook '{app_offering_webhook}' with payload 'text url'",
  }),
  request('Survey', 'on note added', {
    expressions: lines(
      'completed: status = completed',
      'was_not_completed: status_was != completed',
      'url: rule_app_instance.custom_fields.form_url',
    ),
    condition: 'completed and was_not_completed',
    actions: "a1: add note 'Please complete our [survey at: {{url}}]({{url}})'",
  }),
  request('Greet', 'on create', { expressions: 'requester: requested_for', actions: "a1: add note 'Hello {{@requester}}'" }),
  request('Raise', 'On  Create', { actions: 'a1: set impact = high' }),
  task('Tell requesters', {
    condition: "subject = 'Approve access'",
    actions: "a1: update workflow.requests add note 'Started'",
  }),
  task('Alone', {
    expressions: 'others: workflow.tasks.reject(status = registered)',
    condition: 'others.size = 1',
    actions: "a1: add note 'only me'",
  }),
  task('Last', {
    expressions: 'tail: workflow.tasks[last].subject',
    condition: "tail = 'Retrieve badge'",
    actions: "a1: add note '{{tail}}'",
  }),
  request('Moved', 'on team update', {
    expressions: "moved: team_was = 'Service Desk' and team = 'Database Administration'",
    condition: 'moved',
    actions: "a1: add note 'Moved from {{team_was}}'",
  }),
  task('Live', {
    expressions: lines('past: status > registered', 'done: status >= completed'),
    condition: 'past and not done',
    actions: "a1: add note 'live'",
  }),
  request('Quirk', 'on create', {
    expressions: lines("odd: '' in []", "none: 'a' in []"),
    condition: 'odd and not none',
    actions: "a1: add note 'quirk'",
  }),
  task('Facilities', {
    expressions: lines(
      'site: workflow.requests[first].custom_fields.site',
      "is_chicago: site = 'Chicago'",
      "is_boston: site = 'Boston'",
      "chi: find(team,'Facilities Chicago')",
      "bos: find(team,'Facilities Boston')",
      "ny: find(team,'Facilities New York')",
      'rest: is_boston then bos else ny',
      'new_team: is_chicago then chi else rest',
    ),
    actions: "a1: update workflow.tasks['Prepare a security badge'] set team = new_team",
  }),
  task('Phone', {
    expressions: lines('from: workflow.requests[first].custom_fields.from', 'start: from - 1.hour'),
    actions: "a1: update workflow.tasks['Install phone'] set start_at = start",
  }),
  request('Aging', 'on update', { expressions: 'old: created_at < 2.days.ago', condition: 'old', actions: "a1: add note 'aging'" }),
  task(
    'Escalate',
    {
      expressions: 'boss: approvals[first].approver.manager',
      condition: 'status = assigned',
      actions: 'a1: update approvals[first] set approver = boss',
    },
    'after delay',
  ),
  task('Arm', { condition: 'status = assigned', actions: "a1: after 2.days trigger 'Escalate'" }),
  rule('Ci', 'on status update', 'Retire', { condition: 'status = retired', actions: 'a1: clear users' }),
  request('Tags', 'on create', {
    expressions: lines('tags: custom_fields.tags.split(/[,|]/)', "mid: 'abcdef'.slice(1, 3)"),
    condition: "'b' in tags",
    actions: "a1: add note '{{tags.size}} {{mid}}'",
  }),
  request('Nothing', 'on create', {}),
];
