/** The cosigned checkpoint of the seal, which servers over one database share: a control cosigns no smaller tree later. */
import type { SharedValues } from '../ledger/shared_values';
import type { LogBuilder } from './log_builder';

const NAME = 'sealed-checkpoint';

/** Keeps the checkpoint with its signatures, unless another server has. @throws LedgerUnavailable */
export async function shareSeal(shared: SharedValues, note: Buffer): Promise<void> {
  await shared.replace(NAME, undefined, note);
}

/**
 * Takes over the signatures that another server was given, if there are any.
 *
 * @throws LedgerUnavailable, and as `takeSealSignatures` of the builder
 */
export async function takeSharedSeal(
  shared: SharedValues,
  builder: Pick<LogBuilder, 'takeSealSignatures'>,
): Promise<void> {
  const note = await shared.read(NAME);
  if (note !== undefined) builder.takeSealSignatures(note);
}
