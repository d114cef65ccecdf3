-- AlterTable
ALTER TABLE "App" ADD COLUMN     "webhookDisabledAt" TIMESTAMPTZ(3),
ADD COLUMN     "webhookFailingSince" TIMESTAMPTZ(3),
ADD COLUMN     "webhookFailures" INTEGER NOT NULL DEFAULT 0;
