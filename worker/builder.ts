import { type BuildError, buildError } from '#platform/build/build';
import { createBuilder as createPlatformBuilder } from '#platform/build/builder';
import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { builderViewer, deployBuilt, findDeployable } from '#domain/action/deploy.service';
import {
  type ClaimedBuild,
  claimBuild,
  failBuild,
  finishBuild,
  markPackaged,
  releaseBuild,
  renewBuild,
  retryBuild,
} from '#domain/code/build.claim';

/** Builds code, one after another, and deploys what waited for it. Every worker has one; which of them takes a build, the database says. */
export interface Builder {
  /** Lets go of what it builds. */
  close(): Promise<void>;
}

/** Between two looks that no wake-up asked for. */
const pollMs = 1_000;
const mostAttempts = 5;
/** Before the second attempt; each further one waits three times as long. */
const firstRetryMs = 2_000;

export function createBuilder(platform: Platform): Builder {
  const { config, db, id: owner, log, wake } = platform;
  const { leaseMs } = config.run;
  const builder = createPlatformBuilder(config, log);
  const ending = new AbortController();

  /** Once in a lease somebody else may have it; what this process still does with it is then in vain. */
  async function held(claimed: ClaimedBuild, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const timer = setInterval(() => {
      void renewBuild(db.sql, owner, claimed, leaseMs).then(
        (still) => (still ? undefined : lost.abort(new Error('The build is no longer ours.'))),
        () => undefined,
      );
    }, leaseMs / 3);
    try {
      await body(AbortSignal.any([ending.signal, lost.signal]));
    } catch (error) {
      if (lost.signal.aborted) return;
      if (ending.signal.aborted) await releaseBuild(db.sql, owner, claimed);
      else {
        // Such as a result that cannot be written: by itself, and not for ever, so that others are built.
        log.error({ err: error, build: claimed.hash }, 'a build could not be recorded');
        await again(claimed, 'The result could not be recorded.');
      }
    } finally {
      clearInterval(timer);
    }
  }

  async function make(claimed: ClaimedBuild, signal: AbortSignal): Promise<void> {
    const { hash, request, attempts } = claimed;
    if (attempts > mostAttempts) {
      await failBuild(db.sql, owner, claimed, [giveUp('Its worker was lost each time.')]);
      return;
    }
    const onPackaged = async (): Promise<void> => {
      if (await markPackaged(db.sql, owner, claimed)) wake.send('builds', [hash]);
    };
    const outcome = await builder.build(request, onPackaged, signal);
    if (outcome.kind === 'built') await finishBuild(db.sql, owner, claimed, outcome);
    else if (outcome.kind === 'failed') await failBuild(db.sql, owner, claimed, outcome.errors);
    else await again(claimed, outcome.message);
  }

  async function again(claimed: ClaimedBuild, why: string): Promise<void> {
    const { attempts } = claimed;
    if (attempts >= mostAttempts) await failBuild(db.sql, owner, claimed, [giveUp(why)]);
    else await retryBuild(db.sql, owner, claimed, [buildError('not_built', why)], firstRetryMs * 3 ** (attempts - 1));
  }

  /** By what is there and not by what was just built: a save may have begun before its build ended, a worker may be lost in between. */
  async function deploy(): Promise<void> {
    for (const automationId of await findDeployable(db.prisma)) {
      if (ending.signal.aborted) return;
      await transact(platform, builderViewer, (work) => deployBuilt(work, automationId)).then(
        () => wake.send('builds'),
        // By itself: one that fails must not keep the others from being deployed.
        (error: unknown) => log.warn({ err: error, automation: automationId }, 'what was built could not be deployed, and is tried again'),
      );
    }
  }

  async function pass(): Promise<void> {
    await deploy();
    while (!ending.signal.aborted) {
      const claimed = await claimBuild(db.sql, owner, leaseMs);
      if (claimed === null) break;
      wake.send('builds', [claimed.hash]);
      await held(claimed, (signal) => make(claimed, signal));
      wake.send('builds', [claimed.hash]);
      await deploy();
    }
  }

  const pulse = createPulse({ name: 'builds', log, work: pass, pauseMs: () => pollMs });
  const unhear = wake.on('builds', () => pulse.poke());
  pulse.poke();
  return {
    close: async () => {
      ending.abort();
      unhear();
      await pulse.close();
      await builder.close();
    },
  };
}

function giveUp(why: string): BuildError {
  return buildError('not_built', `It was tried ${String(mostAttempts)} times. ${why}`);
}
