-- CreateEnum
CREATE TYPE "EvaluationOutcome" AS ENUM ('MET', 'NOT_MET', 'FAILED', 'REPEATED', 'TOO_DEEP', 'SUSPENDED', 'GONE');

-- AlterEnum
ALTER TYPE "AutomationKind" ADD VALUE 'RULE';

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "RunTrigger" ADD VALUE 'EVENT';
ALTER TYPE "RunTrigger" ADD VALUE 'DELAY';

-- AlterEnum
ALTER TYPE "SecretOwner" ADD VALUE 'APP';

-- AlterTable
ALTER TABLE "App" ADD COLUMN     "disabled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "scopes" TEXT[] DEFAULT ARRAY['entity.read', 'entity.write', 'note.write', 'webhook.call', 'mail.send']::TEXT[],
ADD COLUMN     "webhookUrl" TEXT;

-- AlterTable
ALTER TABLE "Delivery" ADD COLUMN     "signerId" UUID;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "entityId" UUID,
ADD COLUMN     "eventId" UUID;

-- AlterTable
ALTER TABLE "Webhook" ADD COLUMN     "eventType" TEXT,
ALTER COLUMN "automationId" DROP NOT NULL;

-- AlterTable
ALTER TABLE "WebhookRequest" ADD COLUMN     "eventId" UUID;

-- CreateTable
CREATE TABLE "Event" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "entityId" UUID,
    "blueprint" TEXT,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "data" JSONB NOT NULL,
    "previous" JSONB,
    "changed" TEXT[],
    "actorKind" "ActorKind" NOT NULL,
    "actorId" UUID,
    "actorName" TEXT NOT NULL,
    "causeRunId" UUID,
    "causeEventId" UUID,
    "causeWebhookId" UUID,
    "depth" SMALLINT NOT NULL DEFAULT 0,
    "chain" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL,
    "passedAt" TIMESTAMPTZ(3),
    "leaseOwner" UUID,
    "leaseUntil" TIMESTAMPTZ(3),
    "epoch" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EventBatch" (
    "id" BIGSERIAL NOT NULL,
    "eventIds" UUID[],

    CONSTRAINT "EventBatch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EventPosition" (
    "position" BIGINT NOT NULL,
    "workspaceId" UUID NOT NULL,
    "eventId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EventPosition_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "Evaluation" (
    "eventId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "versionId" UUID,
    "workspaceId" UUID NOT NULL,
    "entityId" UUID,
    "outcome" "EvaluationOutcome" NOT NULL,
    "values" JSONB NOT NULL DEFAULT '[]',
    "failed" JSONB,
    "error" JSONB,
    "runId" UUID,
    "durationMs" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Evaluation_pkey" PRIMARY KEY ("eventId","automationId")
);

-- CreateTable
CREATE TABLE "Blueprint" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "aliases" TEXT[],
    "schema" JSONB NOT NULL,
    "statuses" JSONB NOT NULL DEFAULT '[]',
    "links" JSONB NOT NULL DEFAULT '[]',
    "displayField" TEXT NOT NULL DEFAULT 'name',
    "indexed" TEXT[],
    "release" JSONB,
    "template" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Blueprint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Entity" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "blueprintId" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "key" TEXT,
    "name" TEXT NOT NULL,
    "status" TEXT,
    "statusRank" SMALLINT,
    "properties" JSONB NOT NULL,
    "labels" TEXT[],
    "searchText" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "eventAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Entity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EntityValue" (
    "entityId" UUID NOT NULL,
    "blueprintId" UUID NOT NULL,
    "property" TEXT NOT NULL,
    -- By code points, so that the index finds what texts begin with, whatever the database sorts by.
    "text" TEXT COLLATE "C",
    "number" DOUBLE PRECISION,
    "moment" TIMESTAMPTZ(3),

    CONSTRAINT "EntityValue_pkey" PRIMARY KEY ("entityId","property")
);

-- CreateTable
CREATE TABLE "EntityLink" (
    "fromId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "toId" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "EntityLink_pkey" PRIMARY KEY ("fromId","name","toId")
);

-- CreateTable
CREATE TABLE "Note" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "entityId" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "mentions" UUID[],
    "actorKind" "ActorKind" NOT NULL,
    "actorId" UUID,
    "actorName" TEXT NOT NULL,
    "runId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Note_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Rule" (
    "automationId" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "recordType" TEXT NOT NULL,
    "blueprint" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "triggerKey" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "delayed" TEXT[],

    CONSTRAINT "Rule_pkey" PRIMARY KEY ("automationId")
);

-- CreateTable
CREATE TABLE "Timer" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "entityId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "runId" UUID,
    "eventId" UUID,
    "depth" SMALLINT NOT NULL,
    "chain" TEXT[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Timer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AppInstance" (
    "id" UUID NOT NULL,
    "appId" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "suspended" BOOLEAN NOT NULL DEFAULT false,
    "suspendedComment" TEXT NOT NULL DEFAULT '',
    "scopes" TEXT[],
    "customFields" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "AppInstance_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Event_workspaceId_id_idx" ON "Event"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Event_workspaceId_type_id_idx" ON "Event"("workspaceId", "type", "id");

-- CreateIndex
CREATE INDEX "Event_entityId_sequence_idx" ON "Event"("entityId", "sequence") WHERE ("entityId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Event_causeRunId_idx" ON "Event"("causeRunId") WHERE ("causeRunId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Event_causeEventId_idx" ON "Event"("causeEventId") WHERE ("causeEventId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Event_pending_idx" ON "Event"("id") WHERE ("passedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Event_pending_entity_idx" ON "Event"("workspaceId", "entityId", "sequence") WHERE ("passedAt" IS NULL);

-- CreateIndex
CREATE INDEX "EventPosition_workspaceId_position_idx" ON "EventPosition"("workspaceId", "position");

-- CreateIndex
CREATE INDEX "EventPosition_eventId_idx" ON "EventPosition"("eventId");

-- CreateIndex
CREATE INDEX "Evaluation_automationId_eventId_idx" ON "Evaluation"("automationId", "eventId");

-- CreateIndex
CREATE UNIQUE INDEX "Blueprint_workspaceId_key_key" ON "Blueprint"("workspaceId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "Entity_number_key" ON "Entity"("number");

-- CreateIndex
CREATE INDEX "Entity_workspaceId_id_idx" ON "Entity"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_id_idx" ON "Entity"("blueprintId", "id");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_name_id_idx" ON "Entity"("blueprintId", "name", "id");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_number_idx" ON "Entity"("blueprintId", "number");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_statusRank_id_idx" ON "Entity"("blueprintId", "statusRank", "id");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_createdAt_id_idx" ON "Entity"("blueprintId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Entity_blueprintId_updatedAt_id_idx" ON "Entity"("blueprintId", "updatedAt", "id");

-- CreateIndex
CREATE INDEX "Entity_labels_idx" ON "Entity" USING GIN ("labels");

-- CreateIndex
CREATE UNIQUE INDEX "Entity_blueprintId_key_key" ON "Entity"("blueprintId", "key");

-- CreateIndex
CREATE INDEX "EntityValue_text_idx" ON "EntityValue"("blueprintId", "property", "text", "entityId") WHERE ("text" IS NOT NULL);

-- CreateIndex
CREATE INDEX "EntityValue_number_idx" ON "EntityValue"("blueprintId", "property", "number", "entityId") WHERE ("number" IS NOT NULL);

-- CreateIndex
CREATE INDEX "EntityValue_moment_idx" ON "EntityValue"("blueprintId", "property", "moment", "entityId") WHERE ("moment" IS NOT NULL);

-- CreateIndex
CREATE INDEX "EntityValue_none_idx" ON "EntityValue"("blueprintId", "property", "entityId") WHERE (("text" IS NULL) AND ("number" IS NULL) AND ("moment" IS NULL));

-- CreateIndex
CREATE INDEX "EntityLink_toId_name_fromId_idx" ON "EntityLink"("toId", "name", "fromId");

-- CreateIndex
CREATE INDEX "Note_entityId_id_idx" ON "Note"("entityId", "id");

-- CreateIndex
CREATE INDEX "Note_workspaceId_id_idx" ON "Note"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Rule_number_key" ON "Rule"("number");

-- CreateIndex
CREATE INDEX "Rule_workspaceId_blueprint_triggerKey_position_idx" ON "Rule"("workspaceId", "blueprint", "triggerKey", "position");

-- CreateIndex
CREATE INDEX "Rule_workspaceId_position_idx" ON "Rule"("workspaceId", "position");

-- CreateIndex
CREATE INDEX "Timer_dueAt_idx" ON "Timer"("dueAt");

-- CreateIndex
CREATE INDEX "Timer_entityId_idx" ON "Timer"("entityId");

-- CreateIndex
CREATE INDEX "Timer_automationId_idx" ON "Timer"("automationId");

-- CreateIndex
CREATE INDEX "Timer_workspaceId_id_idx" ON "Timer"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "AppInstance_workspaceId_id_idx" ON "AppInstance"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "AppInstance_appId_workspaceId_key" ON "AppInstance"("appId", "workspaceId");

-- CreateIndex
CREATE INDEX "Run_eventId_idx" ON "Run"("eventId") WHERE ("eventId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_entityId_id_idx" ON "Run"("entityId", "id") WHERE ("entityId" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Event" ADD CONSTRAINT "Event_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Evaluation" ADD CONSTRAINT "Evaluation_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "Event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Blueprint" ADD CONSTRAINT "Blueprint_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Entity" ADD CONSTRAINT "Entity_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Entity" ADD CONSTRAINT "Entity_blueprintId_fkey" FOREIGN KEY ("blueprintId") REFERENCES "Blueprint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityValue" ADD CONSTRAINT "EntityValue_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityValue" ADD CONSTRAINT "EntityValue_blueprintId_fkey" FOREIGN KEY ("blueprintId") REFERENCES "Blueprint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityLink" ADD CONSTRAINT "EntityLink_fromId_fkey" FOREIGN KEY ("fromId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EntityLink" ADD CONSTRAINT "EntityLink_toId_fkey" FOREIGN KEY ("toId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Note" ADD CONSTRAINT "Note_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Note" ADD CONSTRAINT "Note_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Entity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rule" ADD CONSTRAINT "Rule_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rule" ADD CONSTRAINT "Rule_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Timer" ADD CONSTRAINT "Timer_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Timer" ADD CONSTRAINT "Timer_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AppInstance" ADD CONSTRAINT "AppInstance_appId_fkey" FOREIGN KEY ("appId") REFERENCES "App"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AppInstance" ADD CONSTRAINT "AppInstance_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Searches of lists: an expression index, which the schema cannot show.
CREATE INDEX "Entity_search_idx" ON "Entity" USING gin (to_tsvector('simple'::regconfig, "searchText"));
