import { z } from 'zod';
import { CodeLanguage } from '#platform/db/generated/prisma/enums';
import type { FieldProblem } from '#domain/errors';
import { referenceInput, unique, wellFormed } from '#domain/input';

/** What belongs to the code of an action, as it is stored; what it does not use is absent. */
export interface CodeParts {
  /** Absent: JavaScript. */
  readonly language?: 'TYPESCRIPT';
  /** Absent: {@link defaultRuntime}. */
  readonly runtime?: Runtime;
  readonly dependencies?: readonly Dependency[];
  readonly modules?: readonly ModuleUse[];
  /** What the code finds as `event.configuration`, or `context.configuration`. */
  readonly configuration?: { readonly [name: string]: string };
}

/** A package of npm: its exact version, a range, or a tag such as `latest`. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** A module at one of its versions. */
export interface ModuleUse {
  readonly id: string;
  readonly number: number;
}

/** Names that clients know; the sandbox is the same for all. */
export const runtimes = ['node22', 'node18'] as const;
export type Runtime = (typeof runtimes)[number];
export const defaultRuntime: Runtime = 'node22';

/** As many as the product whose actions move here allows. */
const mostDependencies = 10;
const mostModules = 10;
const mostConfigured = 50;

const packageName = z
  .string()
  .max(214)
  .regex(/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, 'This is not the name of a package.');
const packageVersion = z
  .string()
  .max(100)
  .regex(
    /^[A-Za-z0-9^~<>=*][A-Za-z0-9.+*^~<>=| -]*$/,
    'This is neither a version such as 1.2.3, nor a range such as ^1.2, nor a tag such as latest.',
  );

/** The fields of the code's parts as a client writes them: what is absent keeps its value, or its default in a new action; so null is the default. */
export const codeFields = {
  language: z.enum(CodeLanguage).nullish(),
  runtime: z
    .string()
    .pipe(z.enum(runtimes, { error: `The runtimes are ${runtimes.join(' and ')}.` }))
    .nullish(),
  dependencies: z
    .array(z.strictObject({ name: packageName, version: packageVersion.nullish() }))
    .max(mostDependencies)
    .refine(...unique(({ name }: { readonly name: string }) => name, 'package'))
    .nullish(),
  modules: z
    .array(z.strictObject({ module: referenceInput, version: z.int().min(1).nullish() }))
    .max(mostModules)
    .nullish(),
  configuration: z
    .record(z.string(), z.unknown())
    .pipe(
      z.record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'A name is made of letters, digits and _.'),
        wellFormed(z.string().max(4_096)),
      ),
    )
    .refine((given) => Object.keys(given).length <= mostConfigured, {
      message: `At most ${mostConfigured} values.`,
      params: { code: 'TOO_LONG' },
    })
    .nullish(),
};

export type CodeFields = z.output<z.ZodObject<typeof codeFields>>;

/** What a save makes of them. `modules` are resolved before; absent stays. */
export function mergeCode(before: CodeParts | null, given: CodeFields, modules: readonly ModuleUse[] | null | undefined): CodeParts {
  const language = given.language === undefined ? before?.language : given.language;
  const runtime = given.runtime === undefined ? before?.runtime : given.runtime;
  const dependencies = given.dependencies === undefined ? before?.dependencies : given.dependencies?.map(whole);
  const used = modules === undefined ? before?.modules : modules;
  const configuration = given.configuration === undefined ? before?.configuration : given.configuration;
  return {
    ...(language === 'TYPESCRIPT' ? { language } : {}),
    ...(runtime == null || runtime === defaultRuntime ? {} : { runtime }),
    ...(dependencies == null || dependencies.length === 0 ? {} : { dependencies }),
    ...(used == null || used.length === 0 ? {} : { modules: used }),
    ...(configuration == null || Object.keys(configuration).length === 0 ? {} : { configuration }),
  };
}

function whole({ name, version }: { readonly name: string; readonly version?: string | null | undefined }): Dependency {
  return { name, version: version ?? 'latest' };
}

/** What only code has and was given to an action of another kind. */
export function strayParts(parts: CodeParts): FieldProblem[] {
  return (['language', 'runtime', 'dependencies', 'modules', 'configuration'] as const).flatMap((field) =>
    parts[field] === undefined ? [] : [{ path: [field], message: 'Only an action with code has this.', code: 'UNEXPECTED' }],
  );
}
