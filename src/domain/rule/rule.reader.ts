import type { Answer } from '#language/rule/answer';
import { RuleFault } from '#language/rule/rule-error';
import type { Sql } from '#platform/db/database';
import { type BlueprintSpec, blueprintCalled, type Link, propertiesOf } from '#domain/record/blueprint.spec';
import {
  findAllByText,
  findByNumber,
  findByText,
  type LinkedRecord,
  mostMembers,
  readLinked,
  readLinking,
  readNotes,
  readRecords,
  readUserEmail,
  type StoredNote,
  type StoredRecord,
} from './rule.records.js';

/** Members of collections that one evaluation may read in all. */
const mostRead = 10_000;
/** Answers of `find_all` that are kept. */
const mostSearches = 20;

/** Where records are read, and kept for as long as nothing is written. */
export class RecordReader {
  readonly sql: Sql;
  readonly workspaceId: string;
  readonly blueprints: readonly BlueprintSpec[];
  readonly #called = new Map<string, BlueprintSpec | null>();
  readonly #records = new Map<string, StoredRecord>();
  readonly #links = new Map<string, readonly string[]>();
  readonly #notes = new Map<string, readonly StoredNote[]>();
  /** By number: rules call records so. */
  readonly #entities = new Map<number, string>();
  readonly #note = new Map<string, StoredNote>();
  /** Records that came together are asked for together. */
  readonly #together = new Map<string, readonly string[]>();
  /** Null: nothing is found. */
  readonly #found = new Map<string, string | null>();
  readonly #foundAll = new Map<string, readonly StoredRecord[]>();
  readonly #emails = new Map<string, string | null>();
  /** Notes from then on are not there. */
  readonly #until = new Map<string, Date>();
  /** Members that were read for the present evaluation, and for all whose records are kept. */
  #read = 0;
  #held = 0;

  constructor(sql: Sql, workspaceId: string, blueprints: readonly BlueprintSpec[]) {
    this.sql = sql;
    this.workspaceId = workspaceId;
    this.blueprints = blueprints;
  }

  /** A record was written. Where its status or a link changed, others may have changed with it. */
  wrote(entity: string, blueprint: BlueprintSpec, changed: readonly string[]): void {
    this.#notes.delete(entity);
    // Its name, its key, or an address may have become another.
    this.#found.clear();
    this.#foundAll.clear();
    if (changed.length === 0) return;
    const plain = propertiesOf(blueprint);
    if (changed.every((name) => plain.has(name) || name === 'labels' || name === 'key')) this.#records.delete(entity);
    else this.forget();
  }

  /** What is known may be wrong. */
  forget(): void {
    this.#records.clear();
    this.#links.clear();
    this.#notes.clear();
    this.#found.clear();
    this.#foundAll.clear();
  }

  blueprint(name: string): BlueprintSpec | null {
    let found = this.#called.get(name);
    if (found === undefined) this.#called.set(name, (found = blueprintCalled(this.blueprints, name)));
    return found;
  }

  /** Keeps what was read together. */
  keep(records: readonly StoredRecord[]): void {
    const cohort = records.map(({ entity }) => entity);
    for (const record of records) {
      this.#records.set(record.entity, record);
      this.#entities.set(record.number, record.entity);
      if (cohort.length > 1) this.#together.set(record.entity, cohort);
    }
  }

  /** Takes a record to be as it was at a moment: its links led elsewhere, and later notes were not there. What others are like is read. */
  assume(record: StoredRecord, links: ReadonlyMap<string, readonly string[]>, at: Date): void {
    this.keep([record]);
    for (const [name, members] of links) this.#links.set(`${record.entity} ${name}`, members);
    this.#until.set(record.entity, at);
  }

  /** A record that was not read yet. */
  know(number: number, entity: string): void {
    this.#entities.set(number, entity);
  }

  /** Records that will be asked for together. */
  together(entities: readonly string[]): void {
    for (const entity of entities) this.#together.set(entity, entities);
  }

  #cohort(entity: string): readonly string[] {
    return this.#together.get(entity) ?? [entity];
  }

  entityOf(number: number): string | null {
    return this.#entities.get(number) ?? null;
  }

  record(entity: string): Answer<StoredRecord | null> {
    return this.#records.get(entity) ?? this.#readRecord(entity);
  }

  async #readRecord(entity: string): Promise<StoredRecord | null> {
    const wanted = this.#cohort(entity).filter((other) => !this.#records.has(other));
    for (const row of await readRecords(this.sql, this.workspaceId, wanted)) {
      this.#records.set(row.entity, row);
      this.#entities.set(row.number, row.entity);
    }
    return this.#records.get(entity) ?? null;
  }

  /** What a link leads to, in its order. */
  linked(entity: string, link: Link): Answer<readonly StoredRecord[]> {
    const members = this.#links.get(`${entity} ${link.name}`)?.map((member) => this.#records.get(member));
    return members?.every((member) => member !== undefined) === true ? members : this.#readLinked(entity, link);
  }

  async #readLinked(entity: string, link: Link): Promise<readonly StoredRecord[]> {
    const key = `${entity} ${link.name}`;
    if (!this.#links.has(key)) {
      let wanted = this.#cohort(entity).filter((other) => !this.#links.has(`${other} ${link.name}`));
      let rows = await this.#readMembers(wanted, link);
      // Together they have too many: each is asked by itself.
      if (rows.length > mostMembers && wanted.length > 1) rows = await this.#readMembers((wanted = [entity]), link);
      if (rows.length > mostMembers) throw tooMany(link.name);
      this.#count(rows.length);
      for (const [of, members] of byOwner(wanted, rows)) {
        this.keep(members);
        this.#links.set(
          `${of} ${link.name}`,
          members.map((member) => member.entity),
        );
      }
      // The members of all of them, for a path that goes on from there.
      this.together([...new Set(rows.map((row) => row.entity))].slice(0, mostMembers));
    }
    const members = this.#links.get(key) ?? [];
    const unread = members.filter((member) => !this.#records.has(member));
    if (unread.length > 0) this.keep(await readRecords(this.sql, this.workspaceId, unread));
    return members.flatMap((member) => this.#records.get(member) ?? []);
  }

  #readMembers(of: readonly string[], link: Link): Promise<LinkedRecord[]> {
    return link.kind === 'INVERSE'
      ? readLinking(this.sql, this.workspaceId, of, link.inverseOf ?? '', link.blueprint)
      : readLinked(this.sql, this.workspaceId, of, link.name);
  }

  /** An evaluation begins. What was read for those before it is kept as long as it is not much. */
  begin(): void {
    if (this.#held > mostRead && this.#until.size === 0) {
      this.forget();
      this.#note.clear();
      this.#held = 0;
    }
    this.#read = 0;
  }

  #count(rows: number): void {
    this.#read += rows;
    this.#held += rows;
    if (this.#read > mostRead) throw new RuleFault('TOO_LONG', `The rule reads more than ${String(mostRead)} members of collections.`, 0);
  }

  notes(entity: string): Answer<readonly StoredNote[]> {
    return this.#notes.get(entity) ?? this.#readNotes(entity);
  }

  async #readNotes(entity: string): Promise<readonly StoredNote[]> {
    let wanted = this.#cohort(entity).filter((other) => !this.#notes.has(other));
    let rows = await readNotes(this.sql, this.workspaceId, wanted);
    if (rows === null && wanted.length > 1) rows = await readNotes(this.sql, this.workspaceId, (wanted = [entity]));
    if (rows === null) throw tooMany('notes');
    this.#count(rows.length);
    for (const other of wanted) {
      const until = this.#until.get(other);
      const own = rows.filter((note) => note.entity === other && (until === undefined || note.createdAt <= until));
      this.#notes.set(other, own);
      for (const note of own) this.#note.set(note.id, note);
    }
    return this.#notes.get(entity) ?? [];
  }

  note(id: string): StoredNote | null {
    return this.#note.get(id) ?? null;
  }

  /** What was found once is found again, by however many rules. */
  find(blueprint: BlueprintSpec, wanted: number | string): Answer<StoredRecord | null> {
    const key = `${blueprint.id} ${typeof wanted} ${String(wanted)}`;
    const known = this.#found.get(key);
    if (known === null) return null;
    if (known !== undefined) return this.record(known);
    return this.#find(blueprint, wanted).then((found) => {
      this.#found.set(key, found?.entity ?? null);
      return found;
    });
  }

  async #find(blueprint: BlueprintSpec, wanted: number | string): Promise<StoredRecord | null> {
    const number = typeof wanted === 'number' ? wanted : /^[1-9]\d{0,9}$/.test(wanted) ? Number(wanted) : null;
    const numbered = number !== null && Number.isInteger(number) && number <= 2_147_483_647 && number > 0;
    const found =
      (numbered ? await findByNumber(this.sql, blueprint.id, number) : null) ??
      (await findByText(this.sql, blueprint, namingProperties(blueprint, String(wanted)), String(wanted)));
    if (found !== null) this.keep([found]);
    return found;
  }

  async findAll(blueprint: BlueprintSpec, text: string): Promise<readonly StoredRecord[]> {
    const key = `${blueprint.id} ${text}`;
    const known = this.#foundAll.get(key);
    if (known !== undefined) return known;
    const found = await findAllByText(this.sql, blueprint, text);
    if (found.length > mostMembers) throw tooMany('find_all');
    this.keep(found);
    if (this.#foundAll.size < mostSearches) this.#foundAll.set(key, found);
    return found;
  }

  userEmail(userId: string): Answer<string | null> {
    const known = this.#emails.get(userId);
    return known === undefined ? this.#readEmail(userId) : known;
  }

  async #readEmail(userId: string): Promise<string | null> {
    const email = await readUserEmail(this.sql, userId);
    this.#emails.set(userId, email);
    return email;
  }
}

function tooMany(what: string): RuleFault {
  return new RuleFault('TOO_LONG', `There are more than ${String(mostMembers)} ${what}.`, 0);
}

function byOwner(owners: readonly string[], rows: readonly LinkedRecord[]): ReadonlyMap<string, LinkedRecord[]> {
  const found = new Map<string, LinkedRecord[]>(owners.map((owner) => [owner, []]));
  for (const row of rows) found.get(row.of)?.push(row);
  return found;
}

/** The properties by which a text may name a record: its id in another system, and an e-mail address. */
function namingProperties(blueprint: BlueprintSpec, text: string): readonly string[] {
  const source = propertiesOf(blueprint).has('source_id') ? ['source_id'] : [];
  return text.includes('@') ? [...source, ...emailProperties(blueprint)] : source;
}

/** The properties that hold an e-mail address. */
export function emailProperties(blueprint: BlueprintSpec): readonly string[] {
  return [...propertiesOf(blueprint)].flatMap(([name, property]) =>
    property['format'] === 'email' || /(^|_)e_?mail$/i.test(name) ? [name] : [],
  );
}
