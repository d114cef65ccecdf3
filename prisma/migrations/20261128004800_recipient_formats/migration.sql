-- CreateEnum
CREATE TYPE "RecipientFormat" AS ENUM ('STANDARD', 'SLACK', 'DISCORD', 'TEAMS');

-- AlterTable
ALTER TABLE "Recipient" ADD COLUMN     "format" "RecipientFormat" NOT NULL DEFAULT 'STANDARD';
