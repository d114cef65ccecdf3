import type { App, Automation, Prisma, Rule as RuleRow } from '#platform/db/generated/prisma/client';
import { liveSpecs } from './rule.live.js';
import { type Line, type RuleSpec, type Shape, textOf } from './rule.spec.js';
import { guardedCell, mostRows, type TableFormat } from './rule.table.js';

/** Longest document, as it stands in a request: what is exported can be sent back in one. */
const mostBytes = 900_000;
/** Rules that are read at once: of each, three texts may be long. */
const batch = 100;

export interface RuleExport {
  readonly document: string;
  readonly rules: number;
  /** The number of the last rule in it; null: there is none. */
  readonly last: number | null;
  readonly more: boolean;
}

interface ExportOptions {
  readonly where: Prisma.AutomationWhereInput;
  readonly format: TableFormat;
  /** After the rule with this number. */
  readonly after: number | null;
}

type Exported = RuleRow & { readonly automation: Automation & { readonly app: Pick<App, 'key'> | null } };

/** A table of rules in the order of their numbers: as many as one import takes. */
export async function exportRules(prisma: Prisma.TransactionClient, { where, format, after }: ExportOptions): Promise<RuleExport> {
  const writer = writers[format];
  const rows: string[] = [];
  let bytes = bytesOf(writer.head) + bytesOf(writer.foot);
  let last = after;
  for (;;) {
    const found = await prisma.rule.findMany({
      where: { automation: where, ...(last === null ? {} : { number: { gt: last } }) },
      orderBy: { number: 'asc' },
      take: batch,
      include: { automation: { include: { app: { select: { key: true } } } } },
    });
    const specs = await liveSpecs(
      prisma,
      found.map(({ automationId }) => automationId),
    );
    for (const rule of found) {
      const spec = specs.get(rule.automationId);
      // Deleted since it was found.
      if (spec === undefined) continue;
      const row = writer.row(rule, spec);
      const size = bytesOf(row) + bytesOf(writer.between);
      if (rows.length > 0 && (rows.length === mostRows || bytes + size > mostBytes)) return ended(true);
      bytes += size;
      rows.push(row);
      last = rule.number;
    }
    if (found.length < batch) return ended(false);
  }

  function ended(more: boolean): RuleExport {
    return {
      document: writer.head + rows.join(writer.between) + writer.foot,
      rules: rows.length,
      last: rows.length === 0 ? null : last,
      more,
    };
  }
}

const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

interface Writer {
  readonly head: string;
  readonly between: string;
  readonly foot: string;
  readonly row: (rule: Exported, spec: RuleSpec) => string;
}

type Cell = string | number | boolean | readonly Line[];

/** The columns, under the names by which they are read. */
const columns: Readonly<Record<string, (rule: Exported, spec: RuleSpec) => Cell>> = {
  key: ({ automation }) => automation.key,
  name: ({ automation }) => automation.name,
  record_type: (_rule, { recordType }) => recordType,
  trigger: (_rule, { trigger }) => trigger,
  position: ({ position }) => position,
  expressions: (_rule, { expressions }) => cellOf(expressions),
  condition: (_rule, { condition }) => condition,
  actions: (_rule, { actions }) => cellOf(actions),
  description: (_rule, { description }) => description,
  app_offering: ({ automation }) => automation.app?.key ?? '',
  enabled: ({ automation }) => automation.enabled,
};

const cellOf = (shape: Shape): Cell => (shape.form === 'TEXT' ? shape.text : shape.list.map(({ name, value }) => ({ name, value })));

function textCell(cell: Cell): string {
  const text = guardedCell(typeof cell === 'object' ? textOf({ form: 'LIST', list: cell }) : String(cell));
  return /[",\t\r\n\uFEFF]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rowsOf(delimiter: string): Writer {
  return {
    head: `${Object.keys(columns).join(delimiter)}\r\n`,
    between: '\r\n',
    foot: '\r\n',
    row: (rule, spec) =>
      Object.values(columns)
        .map((read) => textCell(read(rule, spec)))
        .join(delimiter),
  };
}

const writers: Readonly<Record<TableFormat, Writer>> = {
  CSV: rowsOf(','),
  TSV: rowsOf('\t'),
  JSON: {
    head: '[\n',
    between: ',\n',
    foot: '\n]\n',
    row: (rule, spec) => JSON.stringify(Object.fromEntries(Object.entries(columns).map(([name, read]) => [name, read(rule, spec)]))),
  },
};
