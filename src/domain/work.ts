import type { Work as PlatformWork } from '#platform/work/work';
import type { Viewer } from '#domain/tenant/viewer';

/** A write of the product: see `platform/work/work.ts`. */
export type Work = PlatformWork<Viewer>;
