import type { Json } from '#plan/plan';
import { storableText } from '#platform/json';
import { sendMessage } from '#domain/notification/notification.message.service';
import { asStepError } from './fault.js';
import { committedOutput, flowOf } from './record.js';
import { StepError, type StepImplementation } from '#worker/steps/step';

const address = /^[^\s@<>"]+@[^\s@<>"]+$/;

/** Sends a message: its deliveries commit with the step, and are sent afterwards. */
export const notify: StepImplementation = {
  execute: async (call) => {
    const {
      group,
      emails = [],
      subject,
      text = '',
      data = null,
    } = call.args as {
      readonly group?: string;
      readonly emails?: readonly string[];
      readonly subject?: string;
      readonly text?: string;
      readonly data?: Json;
    };
    const wrong = emails.find((one) => !address.test(one));
    if (wrong !== undefined)
      throw new StepError({ code: 'ARGUMENT', message: `emails: “${wrong.slice(0, 100)}” is no e-mail address.`, retryable: false });
    if (group === undefined && emails.length === 0)
      throw new StepError({ code: 'ARGUMENT', message: 'Give a group, or e-mail addresses.', retryable: false });
    const flow = flowOf(call);
    const { workspaceId, runId } = call;
    const line = storableText((subject ?? '').replace(/\s+/g, ' ').trim())
      .slice(0, 250)
      .toWellFormed();
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const message = { workspaceId, runId, emails, subject: line, text: storableText(text), data };
          const deliveries = await sendMessage(work, group === undefined ? message : { ...message, group });
          return { output: { deliveries } };
        }),
      ),
    );
  },
};
