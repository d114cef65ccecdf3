-- CreateEnum
CREATE TYPE "ThreadMode" AS ENUM ('NEW_EACH_RUN', 'FIXED', 'TEMPLATE');

-- CreateEnum
CREATE TYPE "CredentialKind" AS ENUM ('BASIC', 'BEARER', 'API_KEY', 'OAUTH2_CLIENT_CREDENTIALS');

-- CreateEnum
CREATE TYPE "NotificationEvent" AS ENUM ('RUN_SUCCEEDED', 'RUN_FAILED', 'RUN_PARTIAL', 'RUN_CANCELED', 'RUN_TIMED_OUT', 'RUN_DEAD');

-- CreateEnum
CREATE TYPE "RecipientKind" AS ENUM ('EMAIL', 'WEBHOOK');

-- CreateEnum
CREATE TYPE "DeliveryStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED');

-- CreateEnum
CREATE TYPE "EffectKind" AS ENUM ('HTTP');

-- CreateEnum
CREATE TYPE "EffectStatus" AS ENUM ('INTENDED', 'SUCCEEDED', 'FAILED');

-- CreateEnum
CREATE TYPE "PauseKind" AS ENUM ('WORKSPACE', 'APP', 'AUTOMATION', 'HOST');

-- CreateEnum
CREATE TYPE "BulkKind" AS ENUM ('CANCEL', 'RETRY');

-- CreateEnum
CREATE TYPE "BulkStatus" AS ENUM ('RUNNING', 'COMPLETED', 'CANCELED');

-- CreateEnum
CREATE TYPE "BulkItemStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED');

-- CreateEnum
CREATE TYPE "ScheduleKind" AS ENUM ('INTERVAL', 'CRON', 'ONCE');

-- CreateEnum
CREATE TYPE "SecretOwner" AS ENUM ('WORKSPACE', 'AUTOMATION', 'CREDENTIAL', 'WEBHOOK', 'RECIPIENT');

-- CreateEnum
CREATE TYPE "WebhookVerification" AS ENUM ('NONE', 'STANDARD_WEBHOOKS', 'HMAC_SHA256');

-- CreateEnum
CREATE TYPE "SignatureEncoding" AS ENUM ('HEX', 'BASE64');

-- CreateEnum
CREATE TYPE "WebhookFormat" AS ENUM ('JSON', 'TEXT', 'XML', 'CSV');

-- CreateEnum
CREATE TYPE "WebhookRequestStatus" AS ENUM ('ACCEPTED', 'DUPLICATE', 'REJECTED');

-- AlterEnum
ALTER TYPE "RunTrigger" ADD VALUE 'WEBHOOK';

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "WaitKind" ADD VALUE 'THREAD';
ALTER TYPE "WaitKind" ADD VALUE 'PAUSED';

-- AlterTable
ALTER TABLE "Automation" ADD COLUMN     "appId" UUID,
ADD COLUMN     "notifyOwner" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "ownerId" UUID;

-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN     "endpointId" UUID,
ADD COLUMN     "namespaceId" UUID,
ADD COLUMN     "threadMode" "ThreadMode" NOT NULL DEFAULT 'NEW_EACH_RUN';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "pauseId" UUID,
ADD COLUMN     "resolvedPayload" JSONB,
ADD COLUMN     "threadId" UUID,
ADD COLUMN     "threadKey" TEXT;

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "cron" TEXT,
ADD COLUMN     "jitterMs" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "kind" "ScheduleKind" NOT NULL DEFAULT 'INTERVAL',
ADD COLUMN     "nextNominalAt" TIMESTAMPTZ(3),
ADD COLUMN     "own" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "payloadBytes" INTEGER NOT NULL DEFAULT 0,
ALTER COLUMN "intervalMs" DROP NOT NULL;

-- CreateTable
CREATE TABLE "Credential" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "CredentialKind" NOT NULL,
    "settings" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "System" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "baseUrl" TEXT NOT NULL,
    "headers" JSONB NOT NULL DEFAULT '{}',
    "credentialId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "System_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Endpoint" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "systemId" UUID,
    "appId" UUID,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "method" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "headers" JSONB NOT NULL DEFAULT '{}',
    "body" JSONB,
    "inputSchema" JSONB,
    "expectedStatus" INTEGER[],
    "output" JSONB,
    "credentialId" UUID,
    "timeoutMs" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "NotificationGroup" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "events" "NotificationEvent"[],
    "appId" UUID,
    "automationId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "NotificationGroup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Recipient" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "groupId" UUID NOT NULL,
    "kind" "RecipientKind" NOT NULL,
    "address" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabledReason" TEXT,
    "failingSince" TIMESTAMPTZ(3),
    "rotatedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Recipient_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "recipientId" UUID,
    "kind" "RecipientKind" NOT NULL,
    "address" TEXT NOT NULL,
    "event" "NotificationEvent",
    "automationId" UUID,
    "runId" UUID,
    "payload" JSONB NOT NULL,
    "status" "DeliveryStatus" NOT NULL DEFAULT 'PENDING',
    "failure" TEXT,
    "attempts" JSONB NOT NULL DEFAULT '[]',
    "tries" SMALLINT NOT NULL DEFAULT 0,
    "leftOut" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FeedReader" (
    "name" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "FeedReader_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Namespace" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "appId" UUID,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Namespace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Thread" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "namespaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Thread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Effect" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "runId" UUID NOT NULL,
    "stepPath" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kind" "EffectKind" NOT NULL,
    "status" "EffectStatus" NOT NULL DEFAULT 'INTENDED',
    "idempotencyKey" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "statusCode" INTEGER,
    "request" JSONB,
    "response" JSONB,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Effect_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Pause" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "kind" "PauseKind" NOT NULL,
    "subjectId" UUID,
    "host" TEXT,
    "reason" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,

    CONSTRAINT "Pause_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BulkOperation" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "kind" "BulkKind" NOT NULL,
    "filter" JSONB NOT NULL,
    "status" "BulkStatus" NOT NULL DEFAULT 'RUNNING',
    "total" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "actorKind" "ActorKind" NOT NULL,
    "actorId" UUID,
    "actorName" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "BulkOperation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BulkItem" (
    "operationId" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "runId" UUID NOT NULL,
    "status" "BulkItemStatus" NOT NULL DEFAULT 'PENDING',
    "code" TEXT,
    "message" TEXT,
    "newRunId" UUID,

    CONSTRAINT "BulkItem_pkey" PRIMARY KEY ("operationId","ordinal")
);

-- CreateTable
CREATE TABLE "Secret" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "owner" "SecretOwner" NOT NULL,
    "ownerId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "App" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "App_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Webhook" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "token" TEXT NOT NULL,
    "verification" "WebhookVerification" NOT NULL DEFAULT 'NONE',
    "header" TEXT,
    "encoding" "SignatureEncoding" NOT NULL DEFAULT 'HEX',
    "toleranceMs" INTEGER NOT NULL DEFAULT 300000,
    "idHeader" TEXT,
    "responseStatus" INTEGER NOT NULL DEFAULT 202,
    "responseBody" TEXT,
    "responseFormat" "WebhookFormat" NOT NULL DEFAULT 'JSON',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookRequest" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "webhookId" UUID NOT NULL,
    "messageId" TEXT,
    "status" "WebhookRequestStatus" NOT NULL,
    "reason" TEXT,
    "runId" UUID,
    "method" TEXT NOT NULL,
    "query" JSONB NOT NULL,
    "headers" JSONB NOT NULL,
    "body" BYTEA NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "WebhookRequest_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Credential_workspaceId_key_key" ON "Credential"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "System_credentialId_idx" ON "System"("credentialId");

-- CreateIndex
CREATE UNIQUE INDEX "System_workspaceId_key_key" ON "System"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "Endpoint_systemId_idx" ON "Endpoint"("systemId");

-- CreateIndex
CREATE INDEX "Endpoint_appId_idx" ON "Endpoint"("appId");

-- CreateIndex
CREATE INDEX "Endpoint_credentialId_idx" ON "Endpoint"("credentialId");

-- CreateIndex
CREATE UNIQUE INDEX "Endpoint_workspaceId_key_key" ON "Endpoint"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "NotificationGroup_appId_idx" ON "NotificationGroup"("appId");

-- CreateIndex
CREATE INDEX "NotificationGroup_automationId_idx" ON "NotificationGroup"("automationId");

-- CreateIndex
CREATE UNIQUE INDEX "NotificationGroup_workspaceId_key_key" ON "NotificationGroup"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "Recipient_groupId_id_idx" ON "Recipient"("groupId", "id");

-- CreateIndex
CREATE INDEX "Recipient_workspaceId_id_idx" ON "Recipient"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Delivery_workspaceId_id_idx" ON "Delivery"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Delivery_recipientId_id_idx" ON "Delivery"("recipientId", "id");

-- CreateIndex
CREATE INDEX "Delivery_runId_id_idx" ON "Delivery"("runId", "id");

-- CreateIndex
CREATE INDEX "Delivery_owner_idx" ON "Delivery"("automationId", "id") WHERE ("recipientId" IS NULL);

-- CreateIndex
CREATE INDEX "Delivery_due_idx" ON "Delivery"("nextAttemptAt") WHERE (status = 'PENDING'::"DeliveryStatus");

-- CreateIndex
CREATE INDEX "Namespace_appId_idx" ON "Namespace"("appId");

-- CreateIndex
CREATE UNIQUE INDEX "Namespace_workspaceId_key_key" ON "Namespace"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "Thread_workspaceId_id_idx" ON "Thread"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Thread_namespaceId_key_key" ON "Thread"("namespaceId", "key");

-- CreateIndex
CREATE INDEX "Effect_workspaceId_id_idx" ON "Effect"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Effect_runId_stepPath_ordinal_attempt_key" ON "Effect"("runId", "stepPath", "ordinal", "attempt");

-- CreateIndex
CREATE UNIQUE INDEX "Pause_workspaceId_subjectId_key" ON "Pause"("workspaceId", "subjectId") WHERE ("subjectId" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Pause_workspaceId_host_key" ON "Pause"("workspaceId", "host") WHERE ("host" IS NOT NULL);

-- CreateIndex
CREATE INDEX "BulkOperation_workspaceId_id_idx" ON "BulkOperation"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "BulkOperation_running_idx" ON "BulkOperation"("id") WHERE (status = 'RUNNING'::"BulkStatus");

-- CreateIndex
CREATE INDEX "BulkItem_pending_idx" ON "BulkItem"("operationId", "ordinal") WHERE (status = 'PENDING'::"BulkItemStatus");

-- CreateIndex
CREATE INDEX "Secret_workspaceId_id_idx" ON "Secret"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Secret_keyId_id_idx" ON "Secret"("keyId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Secret_ownerId_name_key" ON "Secret"("ownerId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "App_workspaceId_key_key" ON "App"("workspaceId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "Webhook_token_key" ON "Webhook"("token");

-- CreateIndex
CREATE INDEX "Webhook_workspaceId_id_idx" ON "Webhook"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Webhook_automationId_id_idx" ON "Webhook"("automationId", "id");

-- CreateIndex
CREATE INDEX "Webhook_environmentId_idx" ON "Webhook"("environmentId");

-- CreateIndex
CREATE INDEX "WebhookRequest_webhookId_id_idx" ON "WebhookRequest"("webhookId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "WebhookRequest_message_key" ON "WebhookRequest"("webhookId", "messageId") WHERE (status = 'ACCEPTED'::"WebhookRequestStatus");

-- CreateIndex
CREATE INDEX "Automation_appId_idx" ON "Automation"("appId");

-- CreateIndex
CREATE INDEX "Automation_ownerId_idx" ON "Automation"("ownerId");

-- CreateIndex
CREATE INDEX "AutomationVersion_endpointId_idx" ON "AutomationVersion"("endpointId");

-- CreateIndex
CREATE INDEX "AutomationVersion_namespaceId_idx" ON "AutomationVersion"("namespaceId");

-- CreateIndex
CREATE INDEX "Run_threadId_id_idx" ON "Run"("threadId", "id") WHERE ("threadId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_blocked_idx" ON "Run"("waitKind", "id") WHERE ((status = 'WAITING'::"RunStatus") AND ("waitUntil" IS NULL));

-- CreateIndex
CREATE INDEX "Run_thread_open_idx" ON "Run"("waitKind", "threadId", "id") WHERE ((status = ANY (ARRAY['QUEUED'::"RunStatus", 'WAITING'::"RunStatus", 'RUNNING'::"RunStatus"])) AND (("threadId" IS NOT NULL) OR ("waitKind" = 'THREAD'::"WaitKind")));

-- CreateIndex
CREATE INDEX "Run_paused_idx" ON "Run"("pauseId", "priority", "id") WHERE ((status = 'WAITING'::"RunStatus") AND ("pauseId" IS NOT NULL));

-- CreateIndex
CREATE UNIQUE INDEX "Schedule_own_key" ON "Schedule"("automationId") WHERE ("own" = true);

-- AddForeignKey
ALTER TABLE "Automation" ADD CONSTRAINT "Automation_appId_fkey" FOREIGN KEY ("appId") REFERENCES "App"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Automation" ADD CONSTRAINT "Automation_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AutomationVersion" ADD CONSTRAINT "AutomationVersion_endpointId_fkey" FOREIGN KEY ("endpointId") REFERENCES "Endpoint"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AutomationVersion" ADD CONSTRAINT "AutomationVersion_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Credential" ADD CONSTRAINT "Credential_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "System" ADD CONSTRAINT "System_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "System" ADD CONSTRAINT "System_credentialId_fkey" FOREIGN KEY ("credentialId") REFERENCES "Credential"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Endpoint" ADD CONSTRAINT "Endpoint_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Endpoint" ADD CONSTRAINT "Endpoint_systemId_fkey" FOREIGN KEY ("systemId") REFERENCES "System"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Endpoint" ADD CONSTRAINT "Endpoint_appId_fkey" FOREIGN KEY ("appId") REFERENCES "App"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Endpoint" ADD CONSTRAINT "Endpoint_credentialId_fkey" FOREIGN KEY ("credentialId") REFERENCES "Credential"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NotificationGroup" ADD CONSTRAINT "NotificationGroup_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NotificationGroup" ADD CONSTRAINT "NotificationGroup_appId_fkey" FOREIGN KEY ("appId") REFERENCES "App"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NotificationGroup" ADD CONSTRAINT "NotificationGroup_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Recipient" ADD CONSTRAINT "Recipient_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Recipient" ADD CONSTRAINT "Recipient_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "NotificationGroup"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_recipientId_fkey" FOREIGN KEY ("recipientId") REFERENCES "Recipient"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_threadId_fkey" FOREIGN KEY ("threadId") REFERENCES "Thread"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Namespace" ADD CONSTRAINT "Namespace_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Namespace" ADD CONSTRAINT "Namespace_appId_fkey" FOREIGN KEY ("appId") REFERENCES "App"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Thread" ADD CONSTRAINT "Thread_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Thread" ADD CONSTRAINT "Thread_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Effect" ADD CONSTRAINT "Effect_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Effect" ADD CONSTRAINT "Effect_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Pause" ADD CONSTRAINT "Pause_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BulkOperation" ADD CONSTRAINT "BulkOperation_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BulkItem" ADD CONSTRAINT "BulkItem_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "BulkOperation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "App" ADD CONSTRAINT "App_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookRequest" ADD CONSTRAINT "WebhookRequest_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Schedules made before there was jitter: they are due at their nominal time.
UPDATE "Schedule" SET "nextNominalAt" = "nextFireAt", "payloadBytes" = coalesce(octet_length(payload::text), 0);

-- What waits without a timer, for its thread or for the end of a pause, is none of the timers' business.
DROP INDEX "Run_waiting_idx";
CREATE INDEX "Run_waiting_idx" ON "Run"("waitUntil") WHERE ((status = 'WAITING'::"RunStatus") AND ("waitUntil" IS NOT NULL));

-- When automations run next and ran last, for lists in that order: each time is one look into an index.
CREATE VIEW "AutomationTimes" AS
SELECT a.id AS "automationId",
    (SELECT min(s."nextFireAt") FROM "Schedule" s WHERE s."automationId" = a.id AND s.enabled AND s."nextFireAt" IS NOT NULL) AS "nextRunAt",
    (SELECT r."queuedAt" FROM "Run" r WHERE r."automationId" = a.id ORDER BY r.id DESC LIMIT 1) AS "lastRunAt"
FROM "Automation" a;

-- What a backfill has to know of the entries of the ledger that retention deleted.
ALTER TABLE "Schedule" ADD COLUMN "forgotUntil" TIMESTAMPTZ(3);
