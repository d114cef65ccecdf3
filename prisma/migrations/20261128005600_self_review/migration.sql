-- Can be applied again: a migrator that was killed leaves the first statements done.
-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN IF NOT EXISTS "selfReview" BOOLEAN NOT NULL DEFAULT false;
