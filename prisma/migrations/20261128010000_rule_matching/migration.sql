-- Can be applied again: a migrator that was killed leaves the first statements done.
-- AlterTable
ALTER TABLE "Rule" ADD COLUMN IF NOT EXISTS "appId" UUID,
ADD COLUMN IF NOT EXISTS "deleted" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN IF NOT EXISTS "enabled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN IF NOT EXISTS "liveId" UUID,
ADD COLUMN IF NOT EXISTS "name" TEXT NOT NULL DEFAULT '';

-- Each column follows one row of another table, under whose lock it is written: of two changes at once neither undoes the other's.
-- Migrations are cut at semicolons: those of the bodies are written by their code.
CREATE OR REPLACE FUNCTION "ruleMade"() RETURNS trigger LANGUAGE plpgsql AS U&'
BEGIN
  SELECT a.name, a.enabled, a."deletedAt" IS NOT NULL, a."appId", d."versionId" INTO NEW.name, NEW.enabled, NEW.deleted, NEW."appId", NEW."liveId"
  FROM "Automation" a LEFT JOIN ("Deployment" d JOIN "Environment" e ON e.id = d."environmentId" AND e.key = ''production'') ON d."automationId" = a.id
  WHERE a.id = NEW."automationId"\003B
  RETURN NEW\003B
END';

CREATE OR REPLACE FUNCTION "ruleChanged"() RETURNS trigger LANGUAGE plpgsql AS U&'
BEGIN
  UPDATE "Rule" SET name = NEW.name, enabled = NEW.enabled, deleted = NEW."deletedAt" IS NOT NULL, "appId" = NEW."appId" WHERE "automationId" = NEW.id\003B
  RETURN NULL\003B
END';

CREATE OR REPLACE FUNCTION "ruleDeployed"() RETURNS trigger LANGUAGE plpgsql AS U&'
BEGIN
  UPDATE "Rule" r SET "liveId" = CASE TG_OP WHEN ''DELETE'' THEN NULL ELSE NEW."versionId" END FROM "Environment" e
  WHERE r."automationId" = CASE TG_OP WHEN ''DELETE'' THEN OLD."automationId" ELSE NEW."automationId" END
    AND e.id = CASE TG_OP WHEN ''DELETE'' THEN OLD."environmentId" ELSE NEW."environmentId" END AND e.key = ''production''\003B
  RETURN NULL\003B
END';

-- One statement, for each has a transaction of its own: what changes before it is copied, what changes after it is followed.
DO U&'
BEGIN
  LOCK TABLE "Automation", "Deployment", "Rule" IN SHARE ROW EXCLUSIVE MODE\003B
  CREATE OR REPLACE TRIGGER "Rule_made" BEFORE INSERT ON "Rule" FOR EACH ROW EXECUTE FUNCTION "ruleMade"()\003B
  CREATE OR REPLACE TRIGGER "Automation_rule" AFTER UPDATE OF name, enabled, "deletedAt", "appId" ON "Automation" FOR EACH ROW
  WHEN (NEW.kind = ''RULE'' AND (OLD.name, OLD.enabled, OLD."deletedAt", OLD."appId") IS DISTINCT FROM (NEW.name, NEW.enabled, NEW."deletedAt", NEW."appId"))
  EXECUTE FUNCTION "ruleChanged"()\003B
  CREATE OR REPLACE TRIGGER "Deployment_rule" AFTER INSERT OR UPDATE OF "versionId" OR DELETE ON "Deployment" FOR EACH ROW EXECUTE FUNCTION "ruleDeployed"()\003B
  UPDATE "Rule" r SET name = a.name, enabled = a.enabled, deleted = a."deletedAt" IS NOT NULL, "appId" = a."appId",
    "liveId" = (SELECT d."versionId" FROM "Deployment" d JOIN "Environment" e ON e.id = d."environmentId" AND e.key = ''production'' WHERE d."automationId" = a.id)
  FROM "Automation" a WHERE a.id = r."automationId"\003B
END';
