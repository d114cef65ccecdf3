import type { BindingPolicy, PointMode, PointStatus } from '#platform/db/generated/prisma/enums';
import type { ChainCommand, Json } from '#plan/plan';

/** What an action can ask for at a trigger point. */
export interface PointCommand extends ChainCommand {
  readonly description: string;
}

/** A moment of a workspace's own software at which bound actions run in order: a well-known one, or one that a workspace made. */
export interface Point {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly status: PointStatus;
  readonly mode: PointMode;
  readonly policy: BindingPolicy;
  readonly handler: string;
  /** The export that is called after a redirect; null: there are no redirects. */
  readonly resume: string | null;
  /** JSON Schema of the event; null: any. */
  readonly eventSchema: Json | null;
  readonly commands: readonly PointCommand[];
  /** Keys of points whose actions may be bound here, too. */
  readonly compatible: readonly string[];
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string;
}

/** What the code of actions may be made for; all of them are the same engine. */
export const pointRuntimes = ['node18', 'node22'] as const;
export const pointDefaultRuntime = 'node22';
