-- AlterTable
ALTER TABLE "AutomationVersion" ADD COLUMN     "selfReview" BOOLEAN NOT NULL DEFAULT false;
