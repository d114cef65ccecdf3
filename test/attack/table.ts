import type { Reporter, TestCase } from 'vitest/node';
import path from 'node:path';
import { groupOf, groups, leastAttacks } from './groups.js';

interface Row {
  passed: number;
  failed: number;
}

/** Prints how many attacks of each group were withstood, and fails the run where a group has none or all together are too few. */
export default class AttackTable implements Reporter {
  readonly #rows = new Map<string, Row>(Object.keys(groups).map((group) => [group, { passed: 0, failed: 0 }]));

  onTestCaseResult(test: TestCase): void {
    const group = groupOf(path.relative(process.cwd(), test.module.moduleId), topSuiteOf(test));
    const row = group === null ? undefined : this.#rows.get(group);
    const { state } = test.result();
    if (row === undefined) return;
    if (state === 'passed') row.passed += 1;
    if (state === 'failed') row.failed += 1;
  }

  onTestRunEnd(): void {
    const rows = [...this.#rows];
    const total = rows.reduce((sum, [, { passed, failed }]) => sum + passed + failed, 0);
    const failed = rows.reduce((sum, [, row]) => sum + row.failed, 0);
    const lines = [
      ...rows.map(([group, row]) => `| ${group} | ${row.passed + row.failed} | ${row.failed} |`),
      `| all | ${total} | ${failed} |`,
    ];
    process.stdout.write(`\n| attacks | cases | not withstood |\n| --- | ---: | ---: |\n${lines.join('\n')}\n`);
    const empty = rows.filter(([, row]) => row.passed + row.failed === 0).map(([group]) => group);
    if (empty.length === 0 && total >= leastAttacks) return;
    process.stdout.write(`\nToo few attacks: at least ${leastAttacks}, and some in each group (none in: ${empty.join(', ') || '-'}).\n`);
    process.exitCode = 1;
  }
}

function topSuiteOf(test: TestCase): string | null {
  let top: string | null = null;
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) top = parent.name;
  return top;
}
