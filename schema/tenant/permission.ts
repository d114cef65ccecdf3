import type { Permission as DomainPermission } from '#domain/tenant/permission';
import { enumType } from '#schema/enums';

/** `run.read` is `RUN_READ` in the graph, where names have no dots. */
type GraphName<Name extends string> = Name extends `${infer Thing}.${infer Act}` ? `${Uppercase<Thing>}_${Uppercase<Act>}` : never;
type PermissionName = GraphName<DomainPermission>;

export const Permission = enumType<PermissionName>('Permission', 'Something that a role may permit in a workspace.', {
  WORKSPACE_READ: 'See the workspace and its environments.',
  WORKSPACE_UPDATE: 'Change the name and the limits of the workspace.',
  WORKSPACE_DELETE: 'Delete the workspace with everything in it.',
  ENVIRONMENT_WRITE: 'Make and delete environments.',
  MEMBER_READ: 'See who the members are.',
  MEMBER_WRITE: 'Invite people, change their roles, remove them.',
  MEMBER_OWNER: 'Name owners, and change or remove them.',
  TOKEN_READ: 'See the service tokens, without their secrets.',
  TOKEN_WRITE: 'Make and revoke service tokens.',
  AUDIT_READ: 'See who did what.',
  AUTOMATION_READ: 'See automations and their versions.',
  AUTOMATION_WRITE: 'Create, change, deploy and delete automations.',
  AUTOMATION_ENABLE: 'Enable and disable automations.',
  AUTOMATION_TRIGGER: 'Trigger runs.',
  SCHEDULE_READ: 'See schedules and their ticks.',
  SCHEDULE_WRITE: 'Create, change and delete schedules.',
  RUN_READ: 'See runs, their steps, logs and events, and follow them live.',
  RUN_CANCEL: 'Cancel runs.',
  RUN_RETRY: 'Retry runs.',
  RUN_APPROVE: 'Approve and reject what runs wait for.',
  APP_READ: 'See apps, namespaces and threads.',
  APP_WRITE: 'Create, change and delete apps and namespaces.',
  CONNECTION_READ: 'See systems, endpoints and credentials, without what is secret in them.',
  CONNECTION_WRITE: 'Create, change and delete systems, endpoints and credentials.',
  SECRET_READ: 'See which secrets there are; nobody sees their values.',
  SECRET_WRITE: 'Set and delete secrets.',
  WEBHOOK_READ: 'See webhooks with their addresses, and the requests to them.',
  WEBHOOK_WRITE: 'Create, change and delete webhooks.',
  NOTIFICATION_READ: 'See notification groups, their recipients and deliveries.',
  NOTIFICATION_WRITE: 'Create, change and delete notification groups and recipients.',
  NOTIFICATION_REDRIVE: 'Send deliveries again.',
  POINT_READ: 'See trigger points and what is bound to them.',
  POINT_WRITE: 'Define trigger points and bind actions to them.',
  INTEGRATION_READ: 'See integrations and their releases.',
  INTEGRATION_WRITE: 'Offer integrations, release them, change and delete them.',
  BLUEPRINT_READ: 'See blueprints.',
  BLUEPRINT_WRITE: 'Create, change and delete blueprints.',
  ENTITY_READ: 'See records, their links and notes, and follow them live.',
  ENTITY_WRITE: 'Create, change and delete records, link them and add notes.',
  EVENT_READ: 'See events and what automations made of them.',
  EVENT_EMIT: 'Emit events.',
  PAUSE_READ: 'See what is paused.',
  PAUSE_WRITE: 'Pause and resume.',
});

export function permissionName(permission: DomainPermission): PermissionName {
  return permission.toUpperCase().replace('.', '_') as PermissionName;
}
