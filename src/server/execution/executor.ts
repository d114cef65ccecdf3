import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { executePlan } from './execute.js';
import { type FieldPlan, type OperationPlan, type Variables, decidingVariables, fragmentsOf, planOperation } from './plan.js';

/** What of an operation does not change between its executions. */
export interface Prepared {
  readonly plan: OperationPlan;
  readonly variables: Variables;
  /** As far as they were read for an execution. */
  readonly readArguments: Map<FieldPlan, Record<string, unknown>>;
}

export interface Asked {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Variables | null | undefined;
}

export interface Executor {
  /** Plans an operation of a valid document and reads its variables; answers what is wrong with them instead, if something is. */
  prepare(asked: Asked): Prepared | readonly GraphQLError[];
  /** Throws, or rejects with, only the reason of an aborted signal and faults of our own. */
  execute(
    prepared: Prepared,
    on: { readonly root: unknown; readonly context: unknown; readonly signal: AbortSignal | null },
  ): ExecutionResult | Promise<ExecutionResult>;
}

/** Most fields of plans that are kept: some 30 MB. Clients choose the documents, and a short one can stand for thousands of fields. */
const mostPlanned = 100_000;

/** Errors of variables that are told: the rest is seldom read. */
const mostErrors = 50;

interface PlannedDocument {
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly deciding: readonly string[];
  readonly plans: Map<string, OperationPlan>;
}

/** Executes operations by plans, which are kept as long as the parsed documents are, the same objects. */
export function createExecutor(schema: GraphQLSchema, most = mostPlanned): Executor {
  let documents = new WeakMap<DocumentNode, PlannedDocument>();
  let kept = 0;

  function planned(fields: number): void {
    kept += fields;
    if (kept <= most) return;
    // All at once: to plan anew costs what one execution by an interpreter would.
    documents = new WeakMap();
    kept = 0;
  }

  function plannedOf(document: DocumentNode): PlannedDocument {
    let known = documents.get(document);
    if (known === undefined) {
      known = { fragments: fragmentsOf(document), deciding: decidingVariables(document), plans: new Map() };
      documents.set(document, known);
    }
    return known;
  }

  return {
    prepare: ({ document, operationName, variableValues }) => {
      const operation = getOperationAST(document, operationName);
      if (operation == null) return [new GraphQLError('The document has no such operation.')];
      const { coerced: variables, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
        maxErrors: mostErrors,
        hideSuggestions: true,
      });
      if (errors !== undefined) return errors;
      const { fragments, deciding, plans } = plannedOf(document);
      const key = JSON.stringify([operation.name?.value, ...deciding.map((name) => variables[name])]);
      let plan = plans.get(key);
      if (plan === undefined) plans.set(key, (plan = planOperation(schema, operation, fragments, variables, planned)));
      return { plan, variables, readArguments: new Map() };
    },
    execute: (prepared, { root, context, signal }) => executePlan({ schema, ...prepared, root, context, signal }),
  };
}
