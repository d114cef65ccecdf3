import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { defectNames, defects } from '#drill/defects';
import { runDrill } from '#drill/drill';
import { type DrillOptions, type GivenOptions, readOptions } from '#drill/options';
import { tableOf } from '#drill/table';

export function configure(command: Command): void {
  command
    .option('--seed <number>', 'decides what is broken when; made by chance when absent, and told')
    .option('--minutes <number>', 'how long things are broken; 20, or 0.7 with --quick')
    .option('--runs <number>', 'how many runs are triggered meanwhile; 10000, or 800 with --quick')
    .option('--faults <names>', 'some of the faults, with commas; all when absent')
    .option('--phases <names>', 'what is done beside the faults: cancels, ticks, crowd; all when absent, none with --faults')
    .option('--quick', 'short leases, few processes, each fault once: two to four minutes')
    .option('--defect <name>', 'break the product on purpose: the drill has to turn red')
    .option('--defects', 'plant one defect after the other, and say what found it')
    .option('--keep', 'leave the folder with the logs and data of all processes behind')
    .option('--json <file>', 'also write the report to a file')
    .action(async (given: GivenOptions & { readonly json?: string; readonly defects?: boolean }) => {
      const options = readOptions(given, Math.random);
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => ending.abort(new Error('The drill was stopped.')));
      // Whatever else goes wrong, what was started is ended.
      for (const event of ['uncaughtException', 'unhandledRejection'] as const)
        process.on(event, (error: unknown) => ending.abort(error instanceof Error ? error : new Error(String(error))));
      // Each request listens to it.
      setMaxListeners(0, ending.signal, process);
      const begun = performance.now();
      const say = (line: string): void => console.error(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
      try {
        if (given.defects === true) process.exitCode = (await plantAll(options, say, ending.signal)) ? 0 : 1;
        else {
          const report = await runDrill(options, say, ending.signal);
          if (given.json !== undefined) await writeFile(given.json, `${JSON.stringify(report, null, 2)}\n`);
          console.log(tableOf(report));
          process.exitCode = report.green ? 0 : 1;
        }
      } catch (thrown) {
        // What was interrupted says only that it was; why, says the signal.
        const error: unknown = ending.signal.aborted ? ending.signal.reason : thrown;
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
      // Everything is ended; whatever a package left running must not hold the terminal.
      process.exit();
    });
}

/** Drills once for each defect, with the faults that bring it to light. Answers whether each turned red what it should. */
async function plantAll(options: DrillOptions, say: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  let all = true;
  console.log('| defect | what turned red |\n| --- | --- |');
  for (const defect of defectNames) {
    const { faults, shows } = defects[defect];
    const report = await runDrill({ ...options, minutes: 0.1, runs: 300, faults, phases: [], defect }, say, signal);
    const red = report.judgements.filter(({ verdict }) => verdict === 'RED');
    const found = red.filter(({ name }) => shows.some((begin) => name.startsWith(begin)));
    all &&= found.length > 0;
    const told = found.map(({ name, measured, target }) => `${name}: ${measured} (target ${target})`).join('; ');
    console.log(`| \`${defect}\` | ${told || `NOT FOUND; red: ${red.map(({ name }) => name).join(', ')}`} |`);
  }
  return all;
}
