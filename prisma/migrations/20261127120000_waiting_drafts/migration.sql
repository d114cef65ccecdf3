-- CreateIndex
CREATE INDEX "AutomationDraft_waiting_idx" ON "AutomationDraft"("buildHash") WHERE ("deployWhenBuilt");
