import type { Command } from 'commander';
import picocolors from 'picocolors';
import { ConfigError, readConfig } from '#platform/config/config';
import { type Finding, databaseFindings, nodeFinding, redisFindings } from './diagnosis.js';
import { keysFindings } from './diagnosis.secrets.js';
import { commandEnvironment } from './environment.js';

export function configure(command: Command): void {
  command.action(async () => {
    const findings = await examine();
    for (const finding of findings) print(finding);
    const wrong = findings.filter(({ health }) => health === 'wrong').length;
    console.log(
      wrong === 0
        ? picocolors.green('Nothing is wrong.')
        : picocolors.red(wrong === 1 ? 'One thing is wrong.' : `${wrong} things are wrong.`),
    );
    if (wrong > 0) process.exitCode = 1;
  });
}

async function examine(): Promise<Finding[]> {
  const environment = await commandEnvironment();
  const node = nodeFinding(process.versions.node);
  try {
    const config = readConfig({ LOG_LEVEL: 'silent', ...environment });
    return [
      node,
      { health: 'good', what: 'Settings', seen: 'can be read', advice: null },
      ...keysFindings(config),
      ...(await databaseFindings(config)),
      ...(await redisFindings(config)),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      node,
      ...error.problems.map(
        (problem): Finding => ({ health: 'wrong', what: 'Settings', seen: problem, advice: 'See .env.example for every setting.' }),
      ),
    ];
  }
}

function print({ health, what, seen, advice }: Finding): void {
  const mark = { good: picocolors.green('ok     '), odd: picocolors.yellow('note   '), wrong: picocolors.red('WRONG  ') }[health];
  console.log(`${mark}${what}: ${seen}`);
  if (advice !== null) console.log(`       ${advice}`);
}
