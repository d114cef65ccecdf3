import { spawn } from 'node:child_process';
import { testServices } from './services.js';

// Runs a command with DATABASE_URL and REDIS_URL of private services; the database is the server's own, `postgres`, and empty:
//   node --conditions=source --import tsx test/support/with-services.ts npx prisma migrate status
const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('Which command?');
const services = await testServices();
const database = new URL(services.databaseUrl);
database.pathname = '/postgres';
try {
  const env = { ...process.env, DATABASE_URL: database.href, ...(services.redisUrl === null ? {} : { REDIS_URL: services.redisUrl }) };
  process.exitCode = await new Promise<number>((resolve, reject) => {
    spawn(command, args, { env, stdio: 'inherit' })
      .on('error', reject)
      .on('exit', (code) => {
        resolve(code ?? 1);
      });
  });
} finally {
  await services.stop();
}
