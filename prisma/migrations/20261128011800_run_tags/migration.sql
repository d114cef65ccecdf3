-- CreateIndex
CREATE INDEX CONCURRENTLY "Run_tags_idx" ON "Run" USING GIN ("tags" jsonb_path_ops) WHERE (tags IS NOT NULL);
