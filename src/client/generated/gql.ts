/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription BulkOperationUpdated($id: ID!) {\n  bulkOperationUpdated(id: $id) {\n    id\n    kind\n    status\n    total\n    succeeded\n    failed\n    progress\n    finishedAt\n  }\n}": typeof types.BulkOperationUpdatedDocument,
    "mutation CancelRun($input: CancelRunInput!) {\n  cancelRun(input: $input) {\n    __typename\n    ... on CancelRunSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": typeof types.CancelRunDocument,
    "mutation CancelRuns($input: CancelRunsInput!) {\n  cancelRuns(input: $input) {\n    __typename\n    ... on CancelRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": typeof types.CancelRunsDocument,
    "mutation CreateAction($input: CreateActionInput!) {\n  createAction(input: $input) {\n    __typename\n    ... on CreateActionSuccess {\n      action {\n        id\n        key\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n        line\n        column\n      }\n    }\n  }\n}": typeof types.CreateActionDocument,
    "mutation CreateWebhook($input: CreateWebhookInput!) {\n  createWebhook(input: $input) {\n    __typename\n    ... on CreateWebhookSuccess {\n      webhook {\n        id\n        url\n      }\n      secret\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": typeof types.CreateWebhookDocument,
    "mutation Pause($input: PauseInput!) {\n  pause(input: $input) {\n    __typename\n    ... on PauseSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": typeof types.PauseDocument,
    "mutation Resume($input: ResumeInput!) {\n  resume(input: $input) {\n    __typename\n    ... on ResumeSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": typeof types.ResumeDocument,
    "mutation RetryRuns($input: RetryRunsInput!) {\n  retryRuns(input: $input) {\n    __typename\n    ... on RetryRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": typeof types.RetryRunsDocument,
    "query Run($id: ID!) {\n  run(id: $id) {\n    id\n    status\n    attempt\n    input\n    output\n    error {\n      code\n      message\n      line\n      column\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n    waitingFor {\n      kind\n      until\n      detail\n    }\n    steps {\n      path\n      name\n      status\n      attempts {\n        number\n        startedAt\n        finishedAt\n        error {\n          code\n          message\n        }\n      }\n    }\n  }\n}": typeof types.RunDocument,
    "subscription RunEvents($filter: RunEventFilter, $after: Cursor) {\n  runEvents(filter: $filter, after: $after) {\n    cursor\n    sequence\n    type\n    at\n    status\n    run {\n      id\n    }\n    log {\n      level\n      message\n    }\n  }\n}": typeof types.RunEventsDocument,
    "query RunStats($workspace: ID, $filter: RunFilter, $from: DateTime!, $until: DateTime!, $interval: RunStatsInterval!, $timeZone: TimeZone, $groupBy: [RunStatsGrouping!]) {\n  runStats(\n    workspace: $workspace\n    filter: $filter\n    from: $from\n    until: $until\n    interval: $interval\n    timeZone: $timeZone\n    groupBy: $groupBy\n  ) {\n    total {\n      count\n      succeeded\n      failed\n      durationP50\n      durationP95\n      durationP99\n      queueTimeP50\n      queueTimeP95\n    }\n    buckets {\n      from\n      until\n      total {\n        count\n        succeeded\n        failed\n        durationP50\n        durationP95\n      }\n      groups {\n        other\n        status\n        automation {\n          id\n          key\n        }\n        trigger\n        errorCode\n        figures {\n          count\n          succeeded\n          failed\n          durationP50\n          durationP95\n        }\n      }\n    }\n  }\n}": typeof types.RunStatsDocument,
    "subscription RunUpdated($id: ID!) {\n  runUpdated(id: $id) {\n    id\n    status\n    attempt\n    output\n    error {\n      code\n      message\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n  }\n}": typeof types.RunUpdatedDocument,
    "query Runs($first: Int, $after: Cursor, $filter: RunFilter, $orderBy: [RunOrder!]) {\n  runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        status\n        queuedAt\n        duration\n      }\n    }\n  }\n}": typeof types.RunsDocument,
    "mutation TriggerAction($input: TriggerActionInput!) {\n  triggerAction(input: $input) {\n    __typename\n    ... on TriggerActionSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": typeof types.TriggerActionDocument,
    "mutation TriggerActions($input: TriggerActionsInput!) {\n  triggerActions(input: $input) {\n    __typename\n    ... on TriggerActionsSuccess {\n      results {\n        __typename\n        ... on TriggerActionSuccess {\n          run {\n            id\n          }\n        }\n        ... on Error {\n          message\n          code\n        }\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": typeof types.TriggerActionsDocument,
    "subscription WatchEvents($workspace: ID!, $after: Cursor) {\n  runEvents(filter: {workspace: $workspace}, after: $after) {\n    cursor\n    at\n    type\n    status\n    run {\n      id\n      trigger\n      automation {\n        key\n      }\n      error {\n        code\n        message\n      }\n    }\n    step {\n      name\n    }\n    log {\n      message\n    }\n  }\n}": typeof types.WatchEventsDocument,
};
const documents: Documents = {
    "subscription BulkOperationUpdated($id: ID!) {\n  bulkOperationUpdated(id: $id) {\n    id\n    kind\n    status\n    total\n    succeeded\n    failed\n    progress\n    finishedAt\n  }\n}": types.BulkOperationUpdatedDocument,
    "mutation CancelRun($input: CancelRunInput!) {\n  cancelRun(input: $input) {\n    __typename\n    ... on CancelRunSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": types.CancelRunDocument,
    "mutation CancelRuns($input: CancelRunsInput!) {\n  cancelRuns(input: $input) {\n    __typename\n    ... on CancelRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": types.CancelRunsDocument,
    "mutation CreateAction($input: CreateActionInput!) {\n  createAction(input: $input) {\n    __typename\n    ... on CreateActionSuccess {\n      action {\n        id\n        key\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n        line\n        column\n      }\n    }\n  }\n}": types.CreateActionDocument,
    "mutation CreateWebhook($input: CreateWebhookInput!) {\n  createWebhook(input: $input) {\n    __typename\n    ... on CreateWebhookSuccess {\n      webhook {\n        id\n        url\n      }\n      secret\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": types.CreateWebhookDocument,
    "mutation Pause($input: PauseInput!) {\n  pause(input: $input) {\n    __typename\n    ... on PauseSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": types.PauseDocument,
    "mutation Resume($input: ResumeInput!) {\n  resume(input: $input) {\n    __typename\n    ... on ResumeSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": types.ResumeDocument,
    "mutation RetryRuns($input: RetryRunsInput!) {\n  retryRuns(input: $input) {\n    __typename\n    ... on RetryRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}": types.RetryRunsDocument,
    "query Run($id: ID!) {\n  run(id: $id) {\n    id\n    status\n    attempt\n    input\n    output\n    error {\n      code\n      message\n      line\n      column\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n    waitingFor {\n      kind\n      until\n      detail\n    }\n    steps {\n      path\n      name\n      status\n      attempts {\n        number\n        startedAt\n        finishedAt\n        error {\n          code\n          message\n        }\n      }\n    }\n  }\n}": types.RunDocument,
    "subscription RunEvents($filter: RunEventFilter, $after: Cursor) {\n  runEvents(filter: $filter, after: $after) {\n    cursor\n    sequence\n    type\n    at\n    status\n    run {\n      id\n    }\n    log {\n      level\n      message\n    }\n  }\n}": types.RunEventsDocument,
    "query RunStats($workspace: ID, $filter: RunFilter, $from: DateTime!, $until: DateTime!, $interval: RunStatsInterval!, $timeZone: TimeZone, $groupBy: [RunStatsGrouping!]) {\n  runStats(\n    workspace: $workspace\n    filter: $filter\n    from: $from\n    until: $until\n    interval: $interval\n    timeZone: $timeZone\n    groupBy: $groupBy\n  ) {\n    total {\n      count\n      succeeded\n      failed\n      durationP50\n      durationP95\n      durationP99\n      queueTimeP50\n      queueTimeP95\n    }\n    buckets {\n      from\n      until\n      total {\n        count\n        succeeded\n        failed\n        durationP50\n        durationP95\n      }\n      groups {\n        other\n        status\n        automation {\n          id\n          key\n        }\n        trigger\n        errorCode\n        figures {\n          count\n          succeeded\n          failed\n          durationP50\n          durationP95\n        }\n      }\n    }\n  }\n}": types.RunStatsDocument,
    "subscription RunUpdated($id: ID!) {\n  runUpdated(id: $id) {\n    id\n    status\n    attempt\n    output\n    error {\n      code\n      message\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n  }\n}": types.RunUpdatedDocument,
    "query Runs($first: Int, $after: Cursor, $filter: RunFilter, $orderBy: [RunOrder!]) {\n  runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        status\n        queuedAt\n        duration\n      }\n    }\n  }\n}": types.RunsDocument,
    "mutation TriggerAction($input: TriggerActionInput!) {\n  triggerAction(input: $input) {\n    __typename\n    ... on TriggerActionSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": types.TriggerActionDocument,
    "mutation TriggerActions($input: TriggerActionsInput!) {\n  triggerActions(input: $input) {\n    __typename\n    ... on TriggerActionsSuccess {\n      results {\n        __typename\n        ... on TriggerActionSuccess {\n          run {\n            id\n          }\n        }\n        ... on Error {\n          message\n          code\n        }\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}": types.TriggerActionsDocument,
    "subscription WatchEvents($workspace: ID!, $after: Cursor) {\n  runEvents(filter: {workspace: $workspace}, after: $after) {\n    cursor\n    at\n    type\n    status\n    run {\n      id\n      trigger\n      automation {\n        key\n      }\n      error {\n        code\n        message\n      }\n    }\n    step {\n      name\n    }\n    log {\n      message\n    }\n  }\n}": types.WatchEventsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription BulkOperationUpdated($id: ID!) {\n  bulkOperationUpdated(id: $id) {\n    id\n    kind\n    status\n    total\n    succeeded\n    failed\n    progress\n    finishedAt\n  }\n}"): typeof import('./graphql.js').BulkOperationUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelRun($input: CancelRunInput!) {\n  cancelRun(input: $input) {\n    __typename\n    ... on CancelRunSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}"): typeof import('./graphql.js').CancelRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelRuns($input: CancelRunsInput!) {\n  cancelRuns(input: $input) {\n    __typename\n    ... on CancelRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}"): typeof import('./graphql.js').CancelRunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateAction($input: CreateActionInput!) {\n  createAction(input: $input) {\n    __typename\n    ... on CreateActionSuccess {\n      action {\n        id\n        key\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n        line\n        column\n      }\n    }\n  }\n}"): typeof import('./graphql.js').CreateActionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateWebhook($input: CreateWebhookInput!) {\n  createWebhook(input: $input) {\n    __typename\n    ... on CreateWebhookSuccess {\n      webhook {\n        id\n        url\n      }\n      secret\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}"): typeof import('./graphql.js').CreateWebhookDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Pause($input: PauseInput!) {\n  pause(input: $input) {\n    __typename\n    ... on PauseSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}"): typeof import('./graphql.js').PauseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Resume($input: ResumeInput!) {\n  resume(input: $input) {\n    __typename\n    ... on ResumeSuccess {\n      pause {\n        id\n        kind\n        host\n        reason\n        createdAt\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}"): typeof import('./graphql.js').ResumeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RetryRuns($input: RetryRunsInput!) {\n  retryRuns(input: $input) {\n    __typename\n    ... on RetryRunsSuccess {\n      count\n      operation {\n        id\n        status\n        total\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n    ... on ConflictError {\n      state\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n        code\n      }\n    }\n  }\n}"): typeof import('./graphql.js').RetryRunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Run($id: ID!) {\n  run(id: $id) {\n    id\n    status\n    attempt\n    input\n    output\n    error {\n      code\n      message\n      line\n      column\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n    waitingFor {\n      kind\n      until\n      detail\n    }\n    steps {\n      path\n      name\n      status\n      attempts {\n        number\n        startedAt\n        finishedAt\n        error {\n          code\n          message\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').RunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription RunEvents($filter: RunEventFilter, $after: Cursor) {\n  runEvents(filter: $filter, after: $after) {\n    cursor\n    sequence\n    type\n    at\n    status\n    run {\n      id\n    }\n    log {\n      level\n      message\n    }\n  }\n}"): typeof import('./graphql.js').RunEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RunStats($workspace: ID, $filter: RunFilter, $from: DateTime!, $until: DateTime!, $interval: RunStatsInterval!, $timeZone: TimeZone, $groupBy: [RunStatsGrouping!]) {\n  runStats(\n    workspace: $workspace\n    filter: $filter\n    from: $from\n    until: $until\n    interval: $interval\n    timeZone: $timeZone\n    groupBy: $groupBy\n  ) {\n    total {\n      count\n      succeeded\n      failed\n      durationP50\n      durationP95\n      durationP99\n      queueTimeP50\n      queueTimeP95\n    }\n    buckets {\n      from\n      until\n      total {\n        count\n        succeeded\n        failed\n        durationP50\n        durationP95\n      }\n      groups {\n        other\n        status\n        automation {\n          id\n          key\n        }\n        trigger\n        errorCode\n        figures {\n          count\n          succeeded\n          failed\n          durationP50\n          durationP95\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').RunStatsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription RunUpdated($id: ID!) {\n  runUpdated(id: $id) {\n    id\n    status\n    attempt\n    output\n    error {\n      code\n      message\n    }\n    queuedAt\n    startedAt\n    finishedAt\n    duration\n  }\n}"): typeof import('./graphql.js').RunUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Runs($first: Int, $after: Cursor, $filter: RunFilter, $orderBy: [RunOrder!]) {\n  runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        status\n        queuedAt\n        duration\n      }\n    }\n  }\n}"): typeof import('./graphql.js').RunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation TriggerAction($input: TriggerActionInput!) {\n  triggerAction(input: $input) {\n    __typename\n    ... on TriggerActionSuccess {\n      run {\n        id\n        status\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}"): typeof import('./graphql.js').TriggerActionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation TriggerActions($input: TriggerActionsInput!) {\n  triggerActions(input: $input) {\n    __typename\n    ... on TriggerActionsSuccess {\n      results {\n        __typename\n        ... on TriggerActionSuccess {\n          run {\n            id\n          }\n        }\n        ... on Error {\n          message\n          code\n        }\n      }\n    }\n    ... on Error {\n      message\n      code\n    }\n  }\n}"): typeof import('./graphql.js').TriggerActionsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription WatchEvents($workspace: ID!, $after: Cursor) {\n  runEvents(filter: {workspace: $workspace}, after: $after) {\n    cursor\n    at\n    type\n    status\n    run {\n      id\n      trigger\n      automation {\n        key\n      }\n      error {\n        code\n        message\n      }\n    }\n    step {\n      name\n    }\n    log {\n      message\n    }\n  }\n}"): typeof import('./graphql.js').WatchEventsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
