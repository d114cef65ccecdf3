import {
  type Client,
  CodeActionDocument,
  type CodeActionQuery,
  CodeActionsDocument,
  CreateActionDocument,
  PermissionsDocument,
  type CreateActionMutation,
  UpdateActionDocument,
  WorkspaceDocument,
} from '#client/index';
import { type ActionFile, type LocalAction, type SecretReferences, readActionFile, referencesFor } from './actions.file.js';

/** Where actions are: a server, and the workspace on it that is meant. */
export interface Site {
  readonly client: Client;
  /** Null: the only one of the token. */
  readonly workspace: string | null;
  /** Whether the token may know which secrets there are; else those of a folder are left alone. */
  readonly seesSecrets: boolean;
}

/** The place where a token works. `named` is the id or the key of a workspace; null: the token is for one. */
export async function openSite(client: Client, named: string | null): Promise<Site> {
  const workspace = named === null ? null : await findWorkspace(client, named);
  const { viewer } = await client.request(PermissionsDocument);
  const here = viewer.memberships.filter((membership) => workspace === null || membership.workspace?.id === workspace);
  return { client, workspace, seesSecrets: here.length > 0 && here.every(({ permissions }) => permissions.includes('SECRET_READ')) };
}

type Shown = NonNullable<CodeActionQuery['action']>;

/** An action of a server in the form of a folder. */
export interface RemoteAction extends LocalAction {
  readonly id: string;
  readonly secretNames: readonly string[];
}

/** The id of a workspace that is named by its id or its key. */
async function findWorkspace(client: Client, named: string): Promise<string> {
  if (named.startsWith('ws_')) return named;
  const { workspace } = await client.request(WorkspaceDocument, { key: named });
  if (workspace == null) throw new Error(`There is no workspace ${named}.`);
  return workspace.id;
}

/** The keys of all actions that are made of code and were written by hand. */
export async function remoteKeys({ client, workspace }: Site): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | null = null; ; ) {
    const { actions }: Awaited<ReturnType<typeof page>> = await page(client, workspace, after);
    keys.push(...actions.edges.flatMap(({ node }) => (node.language == null ? [] : [node.key])));
    after = actions.pageInfo.endCursor ?? null;
    if (!actions.pageInfo.hasNextPage || after === null) return keys;
  }
}

const page = (client: Client, workspace: string | null, after: string | null) =>
  client.request(CodeActionsDocument, { workspace, after, first: 100 });

/** The action with this key as it was last saved; null: there is none. Throws for one that cannot be files. `local` is what stands in a folder already. */
export async function readRemote(
  { client, workspace, seesSecrets }: Site,
  key: string,
  local: ActionFile | null,
): Promise<RemoteAction | null> {
  const written = local?.secrets ?? null;
  const { action } = await client.request(CodeActionDocument, { key, workspace });
  if (action == null) return null;
  if (action.code == null) throw new Error(`${key}: On the server it is not made of code.`);
  if (action.integration != null) throw new Error(`${key}: On the server it comes from the integration "${action.integration.key}".`);
  const secretNames = action.secrets.map(({ name }) => name);
  const secrets = seesSecrets ? referencesFor(secretNames, written ?? {}) : written;
  return { id: action.id, secretNames, code: action.code, file: readActionFile(fileOf(key, action, secrets)) };
}

function fileOf(key: string, action: Shown, secrets: SecretReferences | null): unknown {
  const { name, description, labels, publishPolicy, language, runtime, payload, threadMode, thread, threadTemplate } = action;
  const { maxRetries, delay, backoff, maxDelay, jitter, on } = action.retry;
  return {
    name,
    description,
    labels,
    triggerPoint: action.triggerPoint?.key ?? null,
    publishPolicy,
    language: language ?? undefined,
    runtime: runtime ?? undefined,
    dependencies: Object.fromEntries(action.dependencies.map((dependency) => [dependency.name, dependency.version])),
    modules: Object.fromEntries(
      action.modules.map(({ module, version }) => {
        if (module == null) throw new Error(`${key}: A module that it uses was deleted.`);
        return [module.key, version];
      }),
    ),
    configuration: action.configuration ?? {},
    secrets,
    payload: payload ?? null,
    app: action.app?.key ?? null,
    namespace: action.namespace?.key ?? null,
    threadMode,
    thread: thread ?? null,
    threadTemplate: threadTemplate ?? null,
    retry: { maxRetries, delay, backoff, maxDelay, jitter, ...(on == null ? {} : { on }) },
    timeout: action.timeout ?? null,
    priority: action.priority,
    notifyOwner: action.notifyOwner,
  };
}

export interface SecretValue {
  readonly name: string;
  /** Absent: the server keeps the one it has. */
  readonly value?: string;
}

/** Why a server refused an action. */
export type Refused = Exclude<CreateActionMutation['createAction'], { readonly __typename: 'CreateActionSuccess' }>;

/** Makes the action, or the one with this id be as the folder has it. Answers its id, or why not. `secrets` null: they stay. */
export async function saveRemote(
  { client, workspace }: Site,
  key: string,
  id: string | null,
  { file, code }: LocalAction,
  secrets: readonly SecretValue[] | null,
): Promise<{ readonly id: string } | { readonly refused: Refused }> {
  const content = { ...contentOf(file), code, ...(secrets === null ? {} : { secrets: [...secrets] }) };
  if (id !== null) {
    const { updateAction } = await client.request(UpdateActionDocument, { input: { id, ...content } });
    return updateAction.__typename === 'UpdateActionSuccess' ? { id } : { refused: updateAction };
  }
  const { triggerPoint, publishPolicy } = file;
  const { createAction } = await client.request(CreateActionDocument, {
    input: { workspace, key, triggerPoint, publishPolicy, ...content },
  });
  return createAction.__typename === 'CreateActionSuccess' ? { id: createAction.action.id } : { refused: createAction };
}

/** The whole of it, so that what a folder lacks gets its default. */
function contentOf(file: ActionFile) {
  const { triggerPoint: _point, publishPolicy: _policy, secrets: _secrets, dependencies, modules, retry, ...same } = file;
  return {
    ...same,
    dependencies: Object.entries(dependencies).map(([name, version]) => ({ name, version })),
    modules: Object.entries(modules).map(([module, version]) => ({ module, version })),
    retry,
  };
}
