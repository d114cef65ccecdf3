import { isUuid } from '#platform/ids';
import { type NodeName, encodeId } from '#schema/node';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (name: NodeName, id: unknown): unknown => (typeof id === 'string' && isUuid(id) ? encodeId(name, id) : id);

/** Records that a link leads to, `{ entity, id, name }`: by their ids of the graph. Anything else stays as it is. */
function shownLinked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownLinked);
  return isFields(value) && Object.keys(value).sort().join() === 'entity,id,name'
    ? { ...value, entity: shown('Entity', value['entity']) }
    : value;
}

const shownEach = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shownLinked(value)]));

/** A record as an event or a dry run tells it, with ids of the graph where what is stored has UUIDs. */
export function shownRecord<Given>(record: Given): Given {
  if (!isFields(record) || !isFields(record['links'])) return record;
  return { ...record, links: shownEach(record['links']) };
}

/** The data of an event. What clients and webhooks told is theirs. */
export function shownData(type: string, data: unknown): unknown {
  if (!isFields(data)) return data;
  if (type.startsWith('entity.')) return shownRecord(data);
  const { record, note, to } = data;
  if (type.startsWith('link.')) return { ...data, to: shownLinked(to), record: shownRecord(record) };
  if (type !== 'note.added' || !isFields(note)) return data;
  const { id, mentions } = note;
  const mentioned = Array.isArray(mentions) ? { mentions: mentions.map((one) => shown('Entity', one)) } : {};
  return { ...data, note: { ...note, id: shown('Note', id), ...mentioned }, record: shownRecord(record) };
}

/** What fields of a record were before: of its links, which the data of the event names, what they led to. */
export function shownPrevious(previous: unknown, data: unknown): unknown {
  if (!isFields(previous)) return previous;
  const record = isFields(data) && isFields(data['record']) ? data['record'] : data;
  const links = isFields(record) && isFields(record['links']) ? record['links'] : {};
  return Object.fromEntries(
    Object.entries(previous).map(([name, value]) => [name, Object.hasOwn(links, name) ? shownLinked(value) : value]),
  );
}
