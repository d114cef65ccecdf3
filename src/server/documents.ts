import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type SelectionSetNode,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { Config } from '#platform/config/config';
import { createDocumentCache } from './document-cache.js';
import { refusal } from './errors.js';
import { introspectionProblem } from './introspection.js';

type Limits = Config['graphql'];

/** Most errors reported for one document: the rest is seldom read, and finding it costs. */
const mostErrors = 20;

/** Selections of a document with every fragment spread written out. A document within its tokens can stand for 2^100 of them. */
const mostSelections = 5_000;

/** Most characters of documents that are kept: with their syntax trees some 70 MB. */
const cachedCharacters = 300_000;

export interface ReadDocument {
  readonly document: DocumentNode;
  /** Not empty: nothing of it may be executed. */
  readonly errors: readonly GraphQLError[];
}

/**
 * Reads documents within the limits: whatever the transport, a document passes here before anything of it is executed. Valid ones are kept; a client
 * that repeats a broken one pays for it each time. Throws for a text that cannot be parsed, or is too long for that.
 */
export function createDocuments(schema: GraphQLSchema, limits: Limits): (text: string) => ReadDocument {
  const rules = rulesFor(limits);
  const valid = createDocumentCache(cachedCharacters);
  return (text) => {
    const known = valid.get(text);
    if (known !== undefined) return { document: known, errors: [] };
    assertLength(text, limits);
    const document = parseWithin(text, limits.tokens);
    // Before the rules of the specification, some of which take their time for a hostile document.
    const refused = problemsOf(document, limits);
    if (refused.length > 0) return { document, errors: refused };
    const errors = validate(schema, document, rules, { maxErrors: mostErrors, hideSuggestions: true }).map(withCode);
    if (errors.length === 0) valid.set(text, document);
    return { document, errors };
  };
}

/** Refuses a text that is too long to be read. */
export function assertLength(text: string, { documentBytes }: Pick<Limits, 'documentBytes'>): void {
  if (Buffer.byteLength(text) > documentBytes) throw limitExceeded(`A document has at most ${documentBytes} bytes.`, documentBytes);
}

function limitExceeded(message: string, limit: number): GraphQLError {
  return refusal('LIMIT_EXCEEDED', message, { limit });
}

function parseWithin(text: string, maxTokens: number): DocumentNode {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes('tokens. Parsing aborted')) throw limitExceeded(`A document has at most ${maxTokens} tokens.`, maxTokens);
    throw new GraphQLError(error.message, {
      source: error.source ?? null,
      positions: error.positions ?? null,
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}

/** The rules of the specification. An argument of the wrong shape is told apart from a document that asks for what is not there. */
function rulesFor({ introspection }: Limits): readonly ValidationRule[] {
  const valuesOfCorrectType: ValidationRule = (context) => {
    const reporting = Object.create(context, {
      reportError: { value: (error: GraphQLError) => context.reportError(coded(error, 'BAD_USER_INPUT')) },
    }) as typeof context;
    return ValuesOfCorrectTypeRule(reporting);
  };
  const rules = specifiedRules.map((rule) => (rule === ValuesOfCorrectTypeRule ? valuesOfCorrectType : rule));
  return introspection ? rules : [...rules, NoSchemaIntrospectionCustomRule];
}

function withCode(error: GraphQLError): GraphQLError {
  return error.extensions['code'] === undefined ? coded(error, 'GRAPHQL_VALIDATION_FAILED') : error;
}

function coded({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, extensions: { code } });
}

/** What a selection set stands for when its fragments are written out. */
interface Extent {
  /** Levels of fields; introspection is none, since its standard query is 15 deep and graphql's own rules bound it. */
  readonly depth: number;
  readonly selections: number;
  readonly rootFields: number;
}

const nothing: Extent = { depth: 0, selections: 0, rootFields: 0 };

function problemsOf(document: DocumentNode, limits: Limits): readonly GraphQLError[] {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
  // A fragment that is being measured counts as nothing inside itself: a rule of the specification refuses the circle later.
  const measured = new Map<string, Extent>();
  let aliases = 0;

  function extentOf(set: SelectionSetNode): Extent {
    let depth = 0;
    let selections = 0;
    let rootFields = 0;
    for (const selection of set.selections) {
      let extent: Extent;
      if (selection.kind === Kind.FIELD) {
        if (selection.alias !== undefined) aliases += 1;
        const inner = selection.selectionSet === undefined ? nothing : extentOf(selection.selectionSet);
        const introspects = selection.name.value.startsWith('__');
        extent = { depth: introspects ? 0 : inner.depth + 1, selections: inner.selections + 1, rootFields: 1 };
      } else extent = selection.kind === Kind.INLINE_FRAGMENT ? extentOf(selection.selectionSet) : extentOfFragment(selection.name.value);
      depth = Math.max(depth, extent.depth);
      selections += extent.selections;
      rootFields += extent.rootFields;
    }
    return { depth, selections, rootFields };
  }

  function extentOfFragment(name: string): Extent {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const set = fragments.get(name);
    if (set === undefined) return nothing;
    measured.set(name, nothing);
    const extent = extentOf(set);
    measured.set(name, extent);
    return extent;
  }

  const problems: GraphQLError[] = [];
  const refuse = (found: number, most: number, what: string) => {
    if (found > most) problems.push(limitExceeded(`${what} (found ${found > Number.MAX_SAFE_INTEGER ? 'far too many' : found}).`, most));
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, selections, rootFields } = extentOf(definition.selectionSet);
    refuse(depth, limits.depth, `Selections may be ${limits.depth} levels deep`);
    refuse(rootFields, limits.rootFields, `An operation may have ${limits.rootFields} root fields`);
    refuse(selections, mostSelections, `An operation may stand for ${mostSelections} selections with its fragments written out`);
    // Bounded by the selections above.
    const introspects = problems.length > 0 ? null : introspectionProblem(definition.selectionSet, fragments);
    if (introspects !== null) problems.push(limitExceeded(introspects.message, introspects.limit));
  }
  // Counted once each, also those of fragments that are spread many times: the selections above bound these.
  for (const name of fragments.keys()) extentOfFragment(name);
  refuse(aliases, limits.aliases, `A document may have ${limits.aliases} aliases`);
  return problems;
}
