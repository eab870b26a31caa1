import { OperationError } from '../../../program/exit';
import { MAX_CLIENTS, CLIENTS_AT_A_TIME, playClients } from '../clients/play';
import { failureTexts, progressText, resultText } from '../clients/play_text';
import { KEY_PREFIX, MAX_KEY_CHARACTERS, MAX_VALUE_BYTES } from '../clients/random_note';
import { Command, CommandContext, numberOf } from './command';

/** `clients N` */
export const CLIENTS: Command = {
  name: 'clients',
  usage: 'N',
  summary: 'plays N clients, each of which writes a note, reads it and compares',
  details:
    `0 to ${MAX_CLIENTS}, ${CLIENTS_AT_A_TIME} at a time. Each takes a random key of up to ${MAX_KEY_CHARACTERS} characters that nobody has, and a random value\n` +
    `of up to ${MAX_VALUE_BYTES} bytes, and removes the note in the end. Keys begin with ${KEY_PREFIX}: what is left over of clients\n` +
    'that were cut off can be deleted.',
  argumentCount: [1, 1],
  run: ([word], context) => runClients(numberOf('N', word, 0, MAX_CLIENTS), context),
};

/** Plays clients, and tells how many agreed. @throws OperationError when not all of them have */
export async function runClients(clients: number, context: CommandContext): Promise<void> {
  if (clients === 0) return context.output.line('no clients play');
  const { api, owner, stop, end } = context;
  let endProgress: () => void = () => undefined;
  let startedMs = 0;
  try {
    const state = await playClients({ api, owner, clients, stop, end }, (playing) => {
      startedMs = performance.now();
      endProgress = context.showProgress(() => progressText(playing, clients));
    });
    const tookMs = performance.now() - startedMs;
    endProgress();
    await context.output.line(resultText(state, clients, tookMs));
    const failures = failureTexts(state);
    if (failures.length > 0) throw new OperationError(failures.join('; '));
    if (state.agreed < clients) throw new OperationError('the clients were stopped');
  } finally {
    endProgress();
  }
}
