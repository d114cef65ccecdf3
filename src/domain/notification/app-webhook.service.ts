import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type AppWebhookPayload, globalId } from './notification.payload.js';
import { mailAdmins } from './recipient.service.js';

/**
 * Switches off the webhook of an app that has failed for long: calls of it are given up from now on, and the administrators of its workspace
 * hear of it once. Of one that is off already, or that goes elsewhere by now, nothing is changed.
 */
export async function disableAppWebhook(work: Work, appId: string, webhookUrl: string, reason: string): Promise<void> {
  const { count } = await work.tx.app.updateMany({
    where: { id: appId, webhookUrl, webhookDisabledAt: null },
    data: { webhookDisabledAt: work.now, updatedAt: work.now },
  });
  if (count === 0) return;
  const { workspaceId, key, name, workspace } = await work.tx.app.findUniqueOrThrow({ where: { id: appId }, include: { workspace: true } });
  await audit(work, { workspaceId, operation: 'disableAppWebhook', subjectType: 'App', subjectId: appId, change: { key, reason } });
  const payload: AppWebhookPayload = {
    type: 'app.webhook_disabled',
    timestamp: work.now.toISOString(),
    data: {
      app: { id: globalId.app(appId), key, name },
      url: webhookUrl,
      workspace: { id: globalId.workspace(workspaceId), key: workspace.key, name: workspace.name },
      reason,
    },
  };
  await mailAdmins(work, workspaceId, payload);
}
