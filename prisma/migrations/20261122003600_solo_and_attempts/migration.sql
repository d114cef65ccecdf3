-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN     "maxAttempts" SMALLINT NOT NULL DEFAULT 1,
ADD COLUMN     "priority" SMALLINT NOT NULL DEFAULT 3;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "leaseSolo" BOOLEAN NOT NULL DEFAULT false;

