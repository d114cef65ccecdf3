import graphql from '@graphql-eslint/eslint-plugin';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

// One for both: the plugin keeps the first that it reads.
const graphqlLanguage = {
  parser: graphql.parser,
  parserOptions: { graphQLConfig: { schema: 'schema/schema.graphql', documents: 'src/client/operations/**/*.graphql' } },
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.millrace/', '**/generated/', 'prisma/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `== null` is both ways of being absent in an input.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // `void` says that an answer is left alone on purpose.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // What looks like a method here is a function in an object: it has no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      // A recursive type can be written in one of the two ways only.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: false, allowNullish: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `env['NAME']` is what tsc asks for (noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': 'off',
      // An empty string means unset in an environment and absent in a text.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  // Vitest types its matchers as any.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  {
    files: ['src/client/operations/**/*.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: graphqlLanguage,
    // Asking for ids everywhere serves clients with a normalised cache; ours has none.
    rules: { ...graphql.configs['flat/operations-recommended'].rules, '@graphql-eslint/require-selections': 'off' },
  },
  {
    files: ['schema/schema.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: graphqlLanguage,
    rules: {
      ...graphql.configs['flat/schema-relay'].rules,
      // What Relay's specification does not ask for: lists without pages, and pages of what has no id of its own, are fine.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
);
