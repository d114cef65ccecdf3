import type { DrillReport } from './drill.js';

/** What a drill came to, for a person; also valid Markdown. */
export function tableOf({ judgements, impossible, remarks, seed, seconds, defect, green, faults }: DrillReport): string {
  const head = ['judgement', 'measured', 'target', 'verdict', 'rests on'];
  const rows = judgements.map(({ name, measured, target, verdict, evidence }) => [name, measured, target, verdict, evidence]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
    '',
    ...Object.entries(impossible).map(([name, why]) => `Not done here: ${name}, ${why}.`),
    ...remarks.map((remark) => `Seen: ${remark}`),
    `${green ? 'GREEN' : 'RED'}: ${faults.length} faults in ${seconds} s, seed ${seed}${defect === null ? '' : `, with the defect ${defect}`}.`,
  ].join('\n');
}
