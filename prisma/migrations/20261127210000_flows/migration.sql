-- CreateEnum
CREATE TYPE "FlowType" AS ENUM ('AUTOMATION', 'SELF_SERVICE_ACTION', 'SCORECARD', 'REFERENCE');

-- CreateEnum
CREATE TYPE "ApprovalStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELED');

-- AlterEnum
ALTER TYPE "AutomationKind" ADD VALUE 'FLOW';

-- AlterEnum

ALTER TYPE "RunTrigger" ADD VALUE 'STEP';
ALTER TYPE "RunTrigger" ADD VALUE 'REPLAY';
ALTER TYPE "RunTrigger" ADD VALUE 'TEST';

-- AlterEnum

ALTER TYPE "StepStatus" ADD VALUE 'SKIPPED';
ALTER TYPE "StepStatus" ADD VALUE 'WAITING';

-- AlterEnum

ALTER TYPE "WaitKind" ADD VALUE 'DELAY';
ALTER TYPE "WaitKind" ADD VALUE 'APPROVAL';
ALTER TYPE "WaitKind" ADD VALUE 'EVENT';
ALTER TYPE "WaitKind" ADD VALUE 'SUBFLOW';

-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN     "needsApproval" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "asked" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "awaited" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "key" TEXT,
ADD COLUMN     "parentId" UUID,
ADD COLUMN     "parentPath" TEXT,
ADD COLUMN     "replayedFromId" UUID,
ADD COLUMN     "signals" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "stoppedBy" TEXT,
ADD COLUMN     "tags" JSONB;

-- AlterTable
ALTER TABLE "StepRun" ADD COLUMN     "wait" JSONB;

-- CreateTable
CREATE TABLE "Flow" (
    "automationId" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "type" "FlowType" NOT NULL,
    "icon" TEXT,
    "position" INTEGER NOT NULL DEFAULT 0,
    "needsApproval" BOOLEAN NOT NULL DEFAULT false,
    "tags" JSONB NOT NULL DEFAULT '[]',
    "blueprints" TEXT[],
    "imported" JSONB,

    CONSTRAINT "Flow_pkey" PRIMARY KEY ("automationId")
);

-- CreateTable
CREATE TABLE "EventTrigger" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "ordinal" SMALLINT NOT NULL,
    "eventType" TEXT NOT NULL,
    "blueprint" TEXT,
    "pin" TEXT,
    "conditions" JSONB NOT NULL,

    CONSTRAINT "EventTrigger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Approval" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "automationId" UUID,
    "runId" UUID NOT NULL,
    "path" TEXT NOT NULL DEFAULT '',
    "status" "ApprovalStatus" NOT NULL DEFAULT 'PENDING',
    "title" TEXT NOT NULL,
    "message" TEXT NOT NULL DEFAULT '',
    "requesterKind" "ActorKind" NOT NULL,
    "requesterId" UUID,
    "requesterName" TEXT NOT NULL,
    "requestedAt" TIMESTAMPTZ(3) NOT NULL,
    "selfReview" BOOLEAN NOT NULL DEFAULT false,
    "expiresAt" TIMESTAMPTZ(3),
    "reviewerKind" "ActorKind",
    "reviewerId" UUID,
    "reviewerName" TEXT,
    "reviewedAt" TIMESTAMPTZ(3),
    "comment" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "Approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EventWait" (
    "runId" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "workspaceId" UUID NOT NULL,
    "eventType" TEXT NOT NULL,
    "entityId" UUID,
    "conditions" JSONB NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "eventId" UUID,

    CONSTRAINT "EventWait_pkey" PRIMARY KEY ("runId","path")
);

-- CreateIndex
CREATE INDEX "Flow_workspaceId_position_automationId_idx" ON "Flow"("workspaceId", "position", "automationId");

-- CreateIndex
CREATE INDEX "Flow_tags_idx" ON "Flow" USING GIN ("tags" jsonb_path_ops);

-- CreateIndex
CREATE INDEX "EventTrigger_workspaceId_eventType_blueprint_pin_idx" ON "EventTrigger"("workspaceId", "eventType", "blueprint", "pin");

-- CreateIndex
CREATE INDEX "EventTrigger_automationId_idx" ON "EventTrigger"("automationId");

-- CreateIndex
CREATE INDEX "Approval_workspaceId_status_id_idx" ON "Approval"("workspaceId", "status", "id");

-- CreateIndex
CREATE INDEX "Approval_automationId_idx" ON "Approval"("automationId");

-- CreateIndex
CREATE INDEX "Approval_pending_idx" ON "Approval"("expiresAt") WHERE (status = 'PENDING'::"ApprovalStatus");

-- CreateIndex
CREATE UNIQUE INDEX "Approval_runId_path_key" ON "Approval"("runId", "path");

-- CreateIndex
CREATE INDEX "EventWait_open_idx" ON "EventWait"("workspaceId", "eventType", "entityId") WHERE ("eventId" IS NULL);

-- CreateIndex
CREATE INDEX "Run_parentId_idx" ON "Run"("parentId") WHERE ("parentId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_replayedFromId_idx" ON "Run"("replayedFromId") WHERE ("replayedFromId" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Run_workspaceId_key_key" ON "Run"("workspaceId", "key") WHERE ("key" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Flow" ADD CONSTRAINT "Flow_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Flow" ADD CONSTRAINT "Flow_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EventTrigger" ADD CONSTRAINT "EventTrigger_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EventTrigger" ADD CONSTRAINT "EventTrigger_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EventWait" ADD CONSTRAINT "EventWait_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EventWait" ADD CONSTRAINT "EventWait_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_replayedFromId_fkey" FOREIGN KEY ("replayedFromId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Tells runs that something they may wait for is there. A run that waits is queued. One that a worker has learns it when it is about to
-- wait: it has seen fewer signals then, and is queued instead. Others wait for what no signal ends.
CREATE FUNCTION "signalRuns"(ids UUID[]) RETURNS SETOF UUID LANGUAGE sql AS $$
WITH target AS (
  SELECT r.id, r.status = 'WAITING' AND r."waitKind" IN ('RETRY', 'DELAY', 'APPROVAL', 'EVENT', 'SUBFLOW') AS woken FROM "Run" r
  WHERE r.id = ANY(ids) AND r.status IN ('QUEUED', 'WAITING', 'RUNNING') ORDER BY r.id FOR NO KEY UPDATE
), told AS (
  UPDATE "Run" r SET signals = r.signals + 1, status = CASE WHEN t.woken THEN 'QUEUED' ELSE r.status END, sequence = r.sequence + t.woken::int,
    "dispatchedAt" = CASE WHEN NOT t.woken THEN r."dispatchedAt" END,
    "waitKind" = CASE WHEN NOT t.woken THEN r."waitKind" END, "waitSince" = CASE WHEN NOT t.woken THEN r."waitSince" END,
    "waitUntil" = CASE WHEN NOT t.woken THEN r."waitUntil" END, "waitDetail" = CASE WHEN NOT t.woken THEN r."waitDetail" END
  FROM target t WHERE r.id = t.id
  RETURNING r.id, r.sequence, r."workspaceId", r."automationId", t.woken
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", 'RUN_QUEUED', clock_timestamp(), 'QUEUED' FROM told WHERE woken
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM told WHERE woken HAVING count(*) > 0
)
SELECT id FROM told WHERE woken
$$;

-- Many statements end runs. Whatever waits for one that ends must be told in the same transaction, whichever statement it was.
-- Migrations are cut at semicolons: those of the body are written by their code.
CREATE FUNCTION "runEnded"() RETURNS trigger LANGUAGE plpgsql AS U&'
BEGIN
  IF NEW.asked THEN
    UPDATE "Approval" SET status = ''CANCELED'' WHERE "runId" = NEW.id AND status = ''PENDING''\003B
    DELETE FROM "EventWait" WHERE "runId" = NEW.id AND "eventId" IS NULL\003B
  END IF\003B
  IF NEW.awaited THEN
    PERFORM "signalRuns"(ARRAY[NEW."parentId"])\003B
  END IF\003B
  RETURN NULL\003B
END';

CREATE TRIGGER "Run_ended" AFTER UPDATE ON "Run" FOR EACH ROW
WHEN (NEW."finishedAt" IS NOT NULL AND OLD."finishedAt" IS NULL AND (NEW.awaited OR NEW.asked)) EXECUTE FUNCTION "runEnded"();
