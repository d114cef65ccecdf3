import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from './index.js';

// A command of its own (`npm run generate`): nothing imports it.
writeFileSync(fileURLToPath(new URL('schema.graphql', import.meta.url)), `${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
