import { spawn } from 'node:child_process';
import { attackFiles } from './groups.js';

// `npm run test:attack`: the tests of groups.ts with any further arguments of Vitest, and a table of them.
const reporters = ['--reporter=default', '--reporter=./test/attack/table.ts'];
const child = spawn('npx', ['vitest', 'run', ...attackFiles, ...reporters, ...process.argv.slice(2)], { stdio: 'inherit' });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
