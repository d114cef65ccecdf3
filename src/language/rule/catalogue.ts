import { boolean, number, type Shape, text, time } from './shape.js';

/** What an editor tells of a word of the language. */
export interface Described {
  /** As one writes it: `slice(start, length)`. */
  readonly signature: string;
  readonly documentation: string;
}

export interface DescribedMethod extends Described {
  /** What it is a function of. */
  readonly of: readonly ('text' | 'list' | 'duration' | 'calendar' | 'all')[];
  readonly result: (input: Shape) => Shape;
}

const always =
  (shape: Shape): DescribedMethod['result'] =>
  () =>
    shape;
const same: DescribedMethod['result'] = (input) => (input?.type === 'choice' ? { type: 'text' } : input);
const item: DescribedMethod['result'] = (input) => (input?.type === 'list' ? input.of : null);
type Row = readonly [DescribedMethod['of'], DescribedMethod['result'] | undefined, string, string];
const rows: Readonly<Record<string, Row>> = {
  select: [['list'], same, 'select(condition)', 'The members for which the condition is true. Their fields can be named in it.'],
  reject: [['list'], same, 'reject(condition)', 'The members for which the condition is not true. Their fields can be named in it.'],
  map: [
    ['list'],
    always({ type: 'list', of: null }),
    'map(expression)',
    'The value of the expression for each member. Their fields can be named in it.',
  ],
  first: [['list'], item, 'first', 'The first member; nil where there is none.'],
  last: [['list'], item, 'last', 'The last member; nil where there is none.'],
  count: [['list'], always(number), 'count', 'How many members there are.'],
  size: [['text', 'list'], always(number), 'size', 'How many characters or members there are.'],
  length: [['text', 'list'], always(number), 'length', 'How many characters or members there are.'],
  uniq: [['list'], same, 'uniq', 'Each member once.'],
  reverse: [['text', 'list'], same, 'reverse', 'From the end to the beginning.'],
  join: [['list'], always(text), "join(', ')", 'The members as one text, with a text between them.'],
  sum: [['list'], item, 'sum', 'All numbers or durations together; nil counts for nothing.'],
  min: [['list'], item, 'min', 'The least member; nil counts for nothing.'],
  max: [['list'], item, 'max', 'The greatest member; nil counts for nothing.'],
  'include?': [['text', 'list'], always(boolean), 'include?(item)', 'Whether the text holds the other, or the list has the member.'],
  'empty?': [['all'], always(boolean), 'empty?', 'Whether it is nil, false, an empty list, or a text of nothing but blanks.'],
  'blank?': [['all'], always(boolean), 'blank?', 'Whether it is nil, false, an empty list, or a text of nothing but blanks.'],
  'present?': [['all'], always(boolean), 'present?', 'Whether it is not blank.'],
  strip: [['text'], always(text), 'strip', 'Without the blanks at both ends.'],
  squeeze: [['text'], always(text), 'squeeze', 'With one character for several equal ones in a row.'],
  upcase: [['text'], always(text), 'upcase', 'In capitals.'],
  downcase: [['text'], always(text), 'downcase', 'Without capitals.'],
  swapcase: [['text'], always(text), 'swapcase', 'With capitals for what is none, and none for what is.'],
  split: [['text'], always({ type: 'list', of: { type: 'text' } }), "split(',')", 'The parts between a text or a pattern: split(/[,|]/).'],
  slice: [
    ['text'],
    always(text),
    'slice(start, length)',
    'A part of the text. Counts from 0, and below 0 from the end; without a length to the end.',
  ],
  replace: [['text'], always(text), "replace('a', 'b')", 'With another text in place of each occurrence of a text or a pattern.'],
  target_at: [['calendar'], always(time), 'target_at(start, duration)', 'When so much working time has passed since the start.'],
  duration: [['calendar'], always({ type: 'duration' }), 'duration(start, end)', 'The working time between two moments.'],
  ago: [['duration'], always(time), 'ago', 'The moment that long before now.'],
  from_now: [['duration'], always(time), 'from_now', 'The moment that long after now.'],
};

/** What stands behind a dot and is no field. */
export const methods: ReadonlyMap<string, DescribedMethod> = new Map(
  Object.entries(rows).map(([name, [of, result, signature, documentation]]) => [
    name,
    { of, result: result ?? always(null), signature, documentation },
  ]),
);

const described = (words: Readonly<Record<string, readonly [string, string]>>): ReadonlyMap<string, Described> =>
  new Map(Object.entries(words).map(([name, [signature, documentation]]) => [name, { signature, documentation }]));

/** What is called with arguments, and stands behind nothing. */
export const calls = described({
  find: ["find(type, 'name')", 'The first record with that id, source id, e-mail address or name; nil where there is none.'],
  find_all: ["find_all(type, 'text')", 'All records that match the text.'],
  new: ["new(type, 'template')", 'A record to be made from a template. It is made when an action uses it first.'],
});

/** Between and before values. */
export const operators = described({
  and: ['and', 'True where both sides are.'],
  or: ['or', 'True where one of the sides is.'],
  then: ['then … else …', 'One of two values: a then b else c.'],
  else: ['else', 'The value where what stands before “then” is not true.'],
  '=': ['=', 'Whether both sides are equal. A record is its name where it meets a text.'],
  '!=': ['!=', 'Whether the sides differ.'],
  '<': ['<', 'Whether the left side comes before the right one. The values of a field have their order.'],
  '<=': ['<=', 'Whether the left side comes before the right one, or is equal to it.'],
  '>': ['>', 'Whether the left side comes after the right one. The values of a field have their order.'],
  '>=': ['>=', 'Whether the left side comes after the right one, or is equal to it.'],
  in: ["in ['a', 'b']", 'Whether the list has the left side as a member.'],
  not_in: ["not_in ['a', 'b']", 'Whether the list does not have the left side as a member.'],
  contains: ["contains 'text'", 'Whether the text holds the other, or the list has the member.'],
  '*=': ["*= 'text'", 'Whether the text holds the other, or the list has the member.'],
  starts_with: ["starts_with 'text'", 'Whether the text begins so.'],
  ends_with: ["ends_with 'text'", 'Whether the text ends so.'],
  '=~': ['=~ /pattern/', 'Whether the pattern is found in the text.'],
});

export const values = described({
  not: ['not', 'True where what follows is false or nil.'],
  true: ['true', 'True.'],
  false: ['false', 'Not true.'],
  nil: ['nil', 'Nothing: of what is not there.'],
});

export const moments = described({
  now: ['now', 'The moment at which the rule is evaluated.'],
  today: ['today', 'The beginning of the day, in UTC.'],
});

export const units = described({
  minutes: ['minutes', 'A duration: 30.minutes, also 30.minutes.ago and 30.minutes.from_now.'],
  hours: ['hours', 'A duration: 2.hours, also 2.hours.ago and 2.hours.from_now.'],
  days: ['days', 'A duration: 2.days, also 2.days.ago and 2.days.from_now.'],
  weeks: ['weeks', 'A duration: 2.weeks, also 2.weeks.ago and 2.weeks.from_now.'],
  months: ['months', 'A duration in whole months of the calendar; the day becomes the last one where the month is too short.'],
  years: ['years', 'A duration in whole years of the calendar.'],
});

export const places = described({
  first: ['[first]', 'The first member.'],
  last: ['[last]', 'The last member.'],
});

/** What actions begin with, and go on with. */
export const actionWords = described({
  set: ['set field = value', 'Gives a field a value.'],
  add: ["add note 'text', add value to field", 'Adds a note, or a member to a collection.'],
  note: ["note 'text'", 'A note on the record. {{ expression }} in it is its value, {{@person}} mentions somebody.'],
  to: ['to field', 'The collection that gets a member, or to whom the e-mail goes.'],
  remove: ['remove value from field', 'Takes a member out of a collection.'],
  from: ['from field', 'The collection that loses a member.'],
  clear: ['clear field', 'Leaves a field with nothing.'],
  update: ['update record set field = value', 'Does to another record, or to each of a collection, what follows.'],
  after: ["after 2.days trigger 'rule'", 'Evaluates another rule for this record later. Its condition is asked then.'],
  trigger: ["trigger 'rule'", 'The rule that is evaluated then; its trigger is “after delay”.'],
  call: ["call webhook 'address' with payload 'names'", 'Calls an address after the actions are done.'],
  webhook: ["webhook 'address'", 'The address that is called; {app_offering_webhook} is the one of the app.'],
  with: ["with payload 'names'", 'What the call carries.'],
  payload: ["payload 'names'", 'Names of expressions, with blanks between them.'],
  send: ["send email to person subject 'text' body 'text'", 'Sends an e-mail after the actions are done.'],
  email: ["email to person subject 'text' body 'text'", 'An e-mail to a person, an address, or several.'],
  subject: ["subject 'text'", 'The subject of the e-mail.'],
  body: ["body 'text'", 'The text of the e-mail.'],
});

/** When a rule is asked. `field` stands for a field of the record. */
export const triggers = described({
  'on create': ['on create', 'When a record was made.'],
  'on update': ['on update', 'When something of a record was changed.'],
  'on field update': ['on field update', 'When this field of a record was changed.'],
  'on note added': ['on note added', 'When a note was added to a record.'],
  'after delay': ['after delay', 'Never by itself: when an action of another rule said so.'],
});
