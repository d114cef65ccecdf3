-- CreateIndex
CREATE INDEX "Run_cancelRequestedAt_idx" ON "Run"("cancelRequestedAt") WHERE ("cancelRequestedAt" IS NOT NULL);
