-- Can be applied again: a migrator that was killed leaves the first statements done.
ALTER TABLE "Recipient" DROP COLUMN IF EXISTS "format";
DROP TYPE IF EXISTS "RecipientFormat";

-- CreateEnum
CREATE TYPE "RecipientFormat" AS ENUM ('STANDARD', 'SLACK', 'DISCORD', 'TEAMS');

-- AlterTable
ALTER TABLE "Recipient" ADD COLUMN     "format" "RecipientFormat" NOT NULL DEFAULT 'STANDARD';
