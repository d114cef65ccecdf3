import type { Credential, Endpoint, System } from '#platform/db/generated/prisma/client';
import type { Platform } from '#platform/platform';
import { SecretKeyError } from '#platform/secrets/secret-box';
import { sealPlace } from '#domain/secret/secret.service';
import { StepError } from './steps/step.js';
import { untilAnswered } from './until-answered.js';

/** An endpoint with what it is called with. */
export interface LoadedEndpoint {
  readonly endpoint: Endpoint;
  readonly system: System | null;
  /** Its own, or its system's. */
  readonly credential: Credential | null;
}

/** The secrets of one owner. A value is decrypted when it is asked for. */
export interface OwnedSecrets {
  readonly names: readonly string[];
  /** Changes with the values. */
  readonly version: string;
  /** Throws a StepError when the value cannot be read; undefined: there is none of this name. */
  open(name: string): string | undefined;
}

/** What steps call others with, as it stands now. */
export interface Connections {
  /** Null: it is not there any more. */
  endpoint(workspaceId: string, endpointId: string, signal: AbortSignal): Promise<LoadedEndpoint | null>;
  /** By owner, of the workspace; an owner without secrets there is absent. */
  secrets(workspaceId: string, ownerIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, OwnedSecrets>>;
  automation(
    automationId: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly key: string; readonly name: string } | null>;
}

export function createConnections(platform: Platform): Connections {
  const { prisma } = platform.db;
  return {
    endpoint: async (workspaceId, id, signal) => {
      const found = await untilAnswered(platform, signal, () =>
        prisma.endpoint.findUnique({
          relationLoadStrategy: 'join',
          where: { id, workspaceId },
          include: { credential: true, system: { include: { credential: true } } },
        }),
      );
      return found === null
        ? null
        : { endpoint: found, system: found.system, credential: found.credential ?? found.system?.credential ?? null };
    },
    secrets: async (workspaceId, ownerIds, signal) => {
      const where = { workspaceId, ownerId: { in: [...ownerIds] } };
      const rows = await untilAnswered(platform, signal, () => prisma.secret.findMany({ where }));
      const owners = new Map<string, (typeof rows)[number][]>();
      for (const row of rows) owners.set(row.ownerId, [...(owners.get(row.ownerId) ?? []), row]);
      return new Map(
        [...owners].map(([ownerId, own]) => [
          ownerId,
          {
            names: own.map((row) => row.name),
            version: own.map((row) => `${row.id} ${String(row.updatedAt.getTime())}`).join(),
            open: (name) => {
              const row = own.find((candidate) => candidate.name === name);
              return row === undefined ? undefined : opened(name, () => platform.secrets.open(sealPlace(row), row));
            },
          } satisfies OwnedSecrets,
        ]),
      );
    },
    automation: (id, signal) =>
      untilAnswered(platform, signal, () => prisma.automation.findUnique({ where: { id }, select: { id: true, key: true, name: true } })),
  };
}

function opened(name: string, open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SecretKeyError)) throw error;
    throw new StepError({ code: 'SECRET_UNREADABLE', message: `The secret ${name} cannot be read: ${error.message}`, retryable: false });
  }
}
