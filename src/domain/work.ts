import type { PlainWork as PlatformPlainWork, Work as PlatformWork } from '#platform/work/work';
import type { Viewer } from '#domain/tenant/viewer';

/** A write of the product: see `platform/work/work.ts`. */
export type Work = PlatformWork<Viewer>;

/** One by plain statements alone, for hot paths. */
export type PlainWork = PlatformPlainWork<Viewer>;
