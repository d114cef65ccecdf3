-- Can be applied again: a migrator that was killed leaves the first statements done.
DROP INDEX CONCURRENTLY IF EXISTS "Run_tags_idx";

-- CreateIndex
CREATE INDEX CONCURRENTLY "Run_tags_idx" ON "Run" USING GIN ("tags" jsonb_path_ops) WHERE (tags IS NOT NULL);
