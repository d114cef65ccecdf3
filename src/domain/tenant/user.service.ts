import { z } from 'zod';
import { emailInput, nameInput, parseInput } from '#domain/input';
import type { Work } from '#domain/work';
import { newId } from '#platform/ids';

const ensureInput = z.strictObject({ email: emailInput, name: nameInput });

/** The id of the person with this address, who is made when missing. For whoever sets an installation up: the graph only invites. */
export async function ensureUser(work: Work, raw: z.input<typeof ensureInput>): Promise<string> {
  const { email, name } = parseInput(ensureInput, raw);
  await work.tx.user.createMany({ data: { id: newId(), email, name, createdAt: work.now, updatedAt: work.now }, skipDuplicates: true });
  const { id } = await work.tx.user.findUniqueOrThrow({ where: { email }, select: { id: true } });
  return id;
}
