import type { CodegenConfig } from '@graphql-codegen/cli';

/** The typed documents of the client. Documents are strings, so that nobody needs graphql-js at run time. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: 'src/client/operations/*.graphql',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        immutableTypes: true,
        importExtension: '.js',
        emitLegacyCommonJSImports: false,
        strictScalars: true,
        scalars: {
          ID: 'string',
          DateTime: 'string',
          Duration: 'string',
          Cron: 'string',
          TimeZone: 'string',
          Cursor: 'string',
          JSON: 'unknown',
          JSONObject: 'Record<string, unknown>',
        },
      },
    },
  },
};

export default config;
