-- CreateEnum
CREATE TYPE "ReplayEffects" AS ENUM ('RECORDED', 'REAL');

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "replayEffects" "ReplayEffects";

-- AlterTable
ALTER TABLE "StepRun" ADD COLUMN     "argsHash" TEXT;
