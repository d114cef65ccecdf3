import { bench } from './bench.js';
import { readOptions } from './options.js';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort(new Error(`Stopped by ${signal}.`)));
const say = (line: string): void => void process.stderr.write(`${line}\n`);
try {
  const report = await bench(readOptions(process.argv.slice(2)), say, ending);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
// What a stopped measurement left open must not keep the process: all that outlives it was undone.
process.exit();
