import type { Command } from 'commander';
import { runDev } from './dev-instance.js';
import { createScreen } from './dev-screen.js';

export function configure(command: Command): void {
  command.action(async () => {
    const ending = new AbortController();
    // Repeated signals change nothing: npm passes on what the terminal has already sent to all.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
    const screen = createScreen();
    // Whatever else goes wrong, what was started is stopped.
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (error: unknown) => {
        screen.problem(error);
        process.exitCode = 1;
        ending.abort();
      });
    try {
      await runDev(screen, ending.signal);
      screen.line('Stopped. The data stays in .millrace/ for the next start.');
    } catch (error) {
      screen.problem(error);
      process.exitCode = 1;
    }
    // Everything is closed; whatever a package left running must not hold the terminal.
    process.exit();
  });
}
