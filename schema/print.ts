import { writeFileSync } from 'node:fs';
import { introspectionFromSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from './index.js';

// A command of its own, beside which it writes: `npm run generate` the SDL that is reviewed, `npm run build` what integrators import.
const schema = lexicographicSortSchema(buildSchema());
writeFileSync(new URL('schema.graphql', import.meta.url), `${printSchema(schema)}\n`);
writeFileSync(new URL('introspection.json', import.meta.url), `${JSON.stringify(introspectionFromSchema(schema))}\n`);
