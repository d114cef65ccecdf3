-- Can be applied again: a migrator that was killed leaves the first statements done.
-- AlterTable
ALTER TABLE "Event" ADD COLUMN IF NOT EXISTS "heldAt" TIMESTAMPTZ(3),
ADD COLUMN IF NOT EXISTS "lost" INTEGER NOT NULL DEFAULT 0;

DROP INDEX CONCURRENTLY IF EXISTS "Event_held_idx";

-- CreateIndex
CREATE INDEX CONCURRENTLY "Event_held_idx" ON "Event"("workspaceId", "heldAt") WHERE ("passedAt" IS NULL AND "heldAt" IS NOT NULL);
