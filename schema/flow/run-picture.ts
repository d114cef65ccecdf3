import { flowMermaid } from '#domain/flow/flow.picture.mermaid';
import { flowSvg } from '#domain/flow/flow.picture.svg';
import type { PictureInput } from '#domain/flow/flow.picture';
import { loadAutomation } from '#schema/automation/automation';
import { loadVersion } from '#schema/automation/version';
import { builder, heavyComplexity } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { type LightRun, Run } from '#schema/run/run';
import { loadSteps } from '#schema/run/step-run';
import { contentOf } from './flow.content.js';

/** What a picture of a run shows; null: it is no run over a flow. */
async function pictured(run: LightRun, context: SignedIn): Promise<PictureInput | null> {
  const { versionId, automationId } = run;
  const version = versionId === null ? null : await loadVersion(context, versionId);
  // A run that only starts others has a plan of its own.
  if (version?.stepKind !== 'flow' || version.planHash !== run.planHash) return null;
  const [spec, steps, automation] = await Promise.all([
    contentOf(context, version.id),
    loadSteps(context, run.id),
    automationId === null ? null : loadAutomation(context, automationId),
  ]);
  return { name: automation?.name ?? 'A flow', spec, run: { status: run.status, steps } };
}

const shows = 'with what came of each step; the repeats of a loop are counted. Null for a run that is not one over a flow.';

builder.objectFields(Run, (t) => ({
  flowSvg: t.string({
    nullable: true,
    description: `A picture of the flow that it went over, as an SVG document, ${shows}`,
    complexity: 2 * heavyComplexity,
    resolve: async (run, _args, context) => {
      const input = await pictured(run, context);
      return input === null ? null : flowSvg({ ...input, id: run.id });
    },
  }),
  flowMermaid: t.string({
    nullable: true,
    description: `The same as a diagram in the language of Mermaid, ${shows}`,
    complexity: 2 * heavyComplexity,
    resolve: async (run, _args, context) => {
      const input = await pictured(run, context);
      return input === null ? null : flowMermaid(input);
    },
  }),
}));
