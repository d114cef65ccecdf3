-- AlterTable
ALTER TABLE "Event" ADD COLUMN     "heldAt" TIMESTAMPTZ(3),
ADD COLUMN     "lost" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX CONCURRENTLY "Event_held_idx" ON "Event"("workspaceId", "heldAt") WHERE ("passedAt" IS NULL AND "heldAt" IS NOT NULL);
