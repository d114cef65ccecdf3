import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '#platform/config/config';
import type { Log } from '#platform/telemetry/log';

/**
 * The process in which suspects run alone: runs whose worker was lost. It is started when there are some and ends by
 * itself when there are none, so that a run which kills its process takes no neighbour with it.
 */
export interface SoloLane {
  ensure(): void;
  close(): Promise<void>;
}

const restartPauseMs = 500;

export function createSoloLane(config: Config, log: Log): SoloLane {
  let child: ChildProcess | null = null;
  let closed = false;
  let notBefore = 0;

  return {
    ensure: () => {
      if (child !== null || closed || performance.now() < notBefore) return;
      const source = fileURLToPath(new URL('./solo.main.ts', import.meta.url));
      const started = fork(existsSync(source) ? source : fileURLToPath(new URL('./solo.main.js', import.meta.url)), [], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        detached: true,
        // JSON would make something else of the keys in the configuration.
        serialization: 'advanced',
      });
      child = started;
      // Over the channel, because it holds passwords and this process may have got it from elsewhere than its environment.
      started.send(config, (error) => {
        if (error !== null) log.warn({ err: error }, 'the process for suspect runs was gone before it began');
      });
      log.info({ pid: started.pid }, 'a process for suspect runs was started');
      const over = () => {
        child = null;
        notBefore = performance.now() + restartPauseMs;
      };
      started.once('exit', (code, signal) => {
        over();
        log.info({ code, signal }, 'the process for suspect runs ended');
      });
      // Of one that cannot be started there is no exit. Without a listener the error would end this process.
      started.on('error', (error) => {
        log.warn({ err: error }, 'the process for suspect runs failed');
        if (started.pid === undefined) over();
      });
    },
    close: async () => {
      closed = true;
      const running = child;
      if (running?.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await ended;
    },
  };
}
