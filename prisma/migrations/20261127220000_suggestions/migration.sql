-- CreateTable
CREATE TABLE "Suggestion" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "originId" TEXT NOT NULL,
    "automationId" UUID,
    "sourceId" TEXT NOT NULL,
    "sourceEntityId" UUID,
    "sourceContext" JSONB,
    "targetId" TEXT NOT NULL,
    "targetBlueprint" TEXT NOT NULL,
    "targetContext" JSONB,
    "targetIdOverride" TEXT,
    "data" JSONB NOT NULL,
    "ignored" BOOLEAN NOT NULL DEFAULT false,
    "autoApply" BOOLEAN NOT NULL DEFAULT false,
    "lastAppliedAt" TIMESTAMPTZ(3),
    "appliedEntityId" UUID,
    "runId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "creatorKind" "ActorKind" NOT NULL,
    "creatorId" UUID,
    "creatorName" TEXT NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updaterKind" "ActorKind" NOT NULL,
    "updaterId" UUID,
    "updaterName" TEXT NOT NULL,

    CONSTRAINT "Suggestion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EntitySource" (
    "entityId" UUID NOT NULL,
    "sourceId" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "automationId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EntitySource_pkey" PRIMARY KEY ("entityId","sourceId")
);

-- CreateTable
CREATE TABLE "EntityLevel" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "entityId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "level" TEXT,
    "rank" SMALLINT NOT NULL,
    "runId" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EntityLevel_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Suggestion_automationId_idx" ON "Suggestion"("automationId");

-- CreateIndex
CREATE INDEX "Suggestion_workspaceId_id_idx" ON "Suggestion"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Suggestion_workspaceId_targetBlueprint_targetId_idx" ON "Suggestion"("workspaceId", "targetBlueprint", "targetId");

-- CreateIndex
CREATE INDEX "Suggestion_sourceEntityId_idx" ON "Suggestion"("sourceEntityId");

-- CreateIndex
CREATE UNIQUE INDEX "Suggestion_workspaceId_key_key" ON "Suggestion"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "EntitySource_sourceId_idx" ON "EntitySource"("sourceId");

-- CreateIndex
CREATE INDEX "EntityLevel_entityId_automationId_id_idx" ON "EntityLevel"("entityId", "automationId", "id");

-- CreateIndex
CREATE INDEX "EntityLevel_automationId_id_idx" ON "EntityLevel"("automationId", "id");

-- AddForeignKey
ALTER TABLE "Suggestion" ADD CONSTRAINT "Suggestion_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Suggestion" ADD CONSTRAINT "Suggestion_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Suggestion" ADD CONSTRAINT "Suggestion_sourceEntityId_fkey" FOREIGN KEY ("sourceEntityId") REFERENCES "Entity"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntitySource" ADD CONSTRAINT "EntitySource_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntitySource" ADD CONSTRAINT "EntitySource_sourceId_fkey" FOREIGN KEY ("sourceId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityLevel" ADD CONSTRAINT "EntityLevel_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityLevel" ADD CONSTRAINT "EntityLevel_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
