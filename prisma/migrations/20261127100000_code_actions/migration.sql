-- CreateEnum
CREATE TYPE "CodeLanguage" AS ENUM ('JAVASCRIPT', 'TYPESCRIPT');

-- CreateEnum
CREATE TYPE "BuildStatus" AS ENUM ('PENDING', 'BUILDING', 'PACKAGED', 'BUILT', 'RETRYING', 'FAILED');

-- CreateEnum
CREATE TYPE "PointMode" AS ENUM ('SYNCHRONOUS', 'ASYNCHRONOUS');

-- CreateEnum
CREATE TYPE "BindingPolicy" AS ENUM ('TRIGGER_BOUND', 'ENTITY_BOUND');

-- CreateEnum
CREATE TYPE "PointStatus" AS ENUM ('CURRENT', 'DEPRECATED');

-- CreateEnum
CREATE TYPE "IntegrationFeature" AS ENUM ('ACTION', 'DESTINATION');

-- AlterEnum
ALTER TYPE "RunTrigger" ADD VALUE 'TRIGGER_POINT';

-- AlterEnum

ALTER TYPE "SecretOwner" ADD VALUE 'VERSION';
ALTER TYPE "SecretOwner" ADD VALUE 'BINDING';

-- AlterEnum
ALTER TYPE "WaitKind" ADD VALUE 'REDIRECT';

-- AlterTable
ALTER TABLE "Automation" ADD COLUMN     "releaseId" UUID,
ADD COLUMN     "triggerPoint" TEXT;

-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN     "buildHash" TEXT;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "resumeEvent" JSONB,
ADD COLUMN     "resumedAt" TIMESTAMPTZ(3),
ADD COLUMN     "triggerPoint" TEXT;

-- AlterTable
ALTER TABLE "StepRun" ADD COLUMN     "versionId" UUID;

-- CreateTable
CREATE TABLE "AutomationDraft" (
    "automationId" UUID NOT NULL,
    "spec" JSONB NOT NULL,
    "buildHash" TEXT,
    "deployWhenBuilt" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedById" UUID,

    CONSTRAINT "AutomationDraft_pkey" PRIMARY KEY ("automationId")
);

-- CreateTable
CREATE TABLE "Build" (
    "hash" TEXT NOT NULL,
    "status" "BuildStatus" NOT NULL DEFAULT 'PENDING',
    "request" JSONB NOT NULL,
    "bundle" TEXT,
    "sourceMap" TEXT,
    "errors" JSONB NOT NULL DEFAULT '[]',
    "resolved" JSONB NOT NULL DEFAULT '[]',
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "leaseOwner" UUID,
    "leaseUntil" TIMESTAMPTZ(3),
    "notBefore" TIMESTAMPTZ(3),
    "builtAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Build_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "Module" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Module_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ModuleVersion" (
    "id" UUID NOT NULL,
    "moduleId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "language" "CodeLanguage" NOT NULL DEFAULT 'JAVASCRIPT',
    "code" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdById" UUID,

    CONSTRAINT "ModuleVersion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CodeTest" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "automationId" UUID NOT NULL,
    "request" JSONB NOT NULL,
    "answer" JSONB,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CodeTest_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TriggerPoint" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "version" TEXT NOT NULL DEFAULT 'v1',
    "status" "PointStatus" NOT NULL DEFAULT 'CURRENT',
    "mode" "PointMode" NOT NULL DEFAULT 'SYNCHRONOUS',
    "policy" "BindingPolicy" NOT NULL DEFAULT 'TRIGGER_BOUND',
    "handler" TEXT NOT NULL,
    "resume" TEXT,
    "eventSchema" JSONB,
    "commands" JSONB NOT NULL DEFAULT '[]',
    "compatible" TEXT[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "TriggerPoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Binding" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "triggerPoint" TEXT NOT NULL,
    "automationId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "displayName" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Binding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PointChain" (
    "workspaceId" UUID NOT NULL,
    "triggerPoint" TEXT NOT NULL,
    "planHash" TEXT NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "PointChain_pkey" PRIMARY KEY ("workspaceId","triggerPoint")
);

-- CreateTable
CREATE TABLE "Integration" (
    "id" UUID NOT NULL,
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "partner" TEXT NOT NULL DEFAULT '',
    "logoUrl" TEXT,
    "feature" "IntegrationFeature" NOT NULL DEFAULT 'ACTION',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Integration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IntegrationRelease" (
    "id" UUID NOT NULL,
    "integrationId" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "triggerPoint" TEXT NOT NULL,
    "language" "CodeLanguage" NOT NULL DEFAULT 'JAVASCRIPT',
    "code" TEXT NOT NULL,
    "dependencies" JSONB NOT NULL DEFAULT '[]',
    "requiredSecrets" JSONB NOT NULL DEFAULT '[]',
    "requiredConfiguration" JSONB NOT NULL DEFAULT '[]',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IntegrationRelease_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "AutomationDraft_buildHash_idx" ON "AutomationDraft"("buildHash");

-- CreateIndex
CREATE INDEX "Build_open_idx" ON "Build"("createdAt") WHERE (status <> ALL (ARRAY['BUILT'::"BuildStatus", 'FAILED'::"BuildStatus"]));

-- CreateIndex
CREATE UNIQUE INDEX "Module_workspaceId_key_key" ON "Module"("workspaceId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "ModuleVersion_moduleId_number_key" ON "ModuleVersion"("moduleId", "number");

-- CreateIndex
CREATE INDEX "CodeTest_createdAt_idx" ON "CodeTest"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "TriggerPoint_workspaceId_key_key" ON "TriggerPoint"("workspaceId", "key");

-- CreateIndex
CREATE INDEX "Binding_workspaceId_triggerPoint_position_idx" ON "Binding"("workspaceId", "triggerPoint", "position");

-- CreateIndex
CREATE INDEX "Binding_automationId_idx" ON "Binding"("automationId");

-- CreateIndex
CREATE INDEX "PointChain_planHash_idx" ON "PointChain"("planHash");

-- CreateIndex
CREATE UNIQUE INDEX "Integration_workspaceId_key_key" ON "Integration"("workspaceId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "IntegrationRelease_integrationId_number_key" ON "IntegrationRelease"("integrationId", "number");

-- CreateIndex
CREATE UNIQUE INDEX "IntegrationRelease_integrationId_version_key" ON "IntegrationRelease"("integrationId", "version");

-- CreateIndex
CREATE INDEX "Automation_releaseId_idx" ON "Automation"("releaseId") WHERE ("releaseId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "AutomationVersion_buildHash_idx" ON "AutomationVersion"("buildHash");

-- CreateIndex
CREATE INDEX "Run_workspaceId_triggerPoint_id_idx" ON "Run"("workspaceId", "triggerPoint", "id") WHERE ("triggerPoint" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Automation" ADD CONSTRAINT "Automation_releaseId_fkey" FOREIGN KEY ("releaseId") REFERENCES "IntegrationRelease"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AutomationVersion" ADD CONSTRAINT "AutomationVersion_buildHash_fkey" FOREIGN KEY ("buildHash") REFERENCES "Build"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AutomationDraft" ADD CONSTRAINT "AutomationDraft_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AutomationDraft" ADD CONSTRAINT "AutomationDraft_buildHash_fkey" FOREIGN KEY ("buildHash") REFERENCES "Build"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Module" ADD CONSTRAINT "Module_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ModuleVersion" ADD CONSTRAINT "ModuleVersion_moduleId_fkey" FOREIGN KEY ("moduleId") REFERENCES "Module"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CodeTest" ADD CONSTRAINT "CodeTest_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TriggerPoint" ADD CONSTRAINT "TriggerPoint_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Binding" ADD CONSTRAINT "Binding_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Binding" ADD CONSTRAINT "Binding_automationId_fkey" FOREIGN KEY ("automationId") REFERENCES "Automation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PointChain" ADD CONSTRAINT "PointChain_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PointChain" ADD CONSTRAINT "PointChain_planHash_fkey" FOREIGN KEY ("planHash") REFERENCES "Plan"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Integration" ADD CONSTRAINT "Integration_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IntegrationRelease" ADD CONSTRAINT "IntegrationRelease_integrationId_fkey" FOREIGN KEY ("integrationId") REFERENCES "Integration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

