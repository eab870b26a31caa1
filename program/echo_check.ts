/** Whether a lottery server answers at an address: an ECHO line, sent and compared. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

/**
 * Sends an ECHO and waits for the same bytes.
 *
 * @throws Error when they do not come back in time, or others do
 */
export async function checkEcho(host: string, port: number, timeoutMs: number): Promise<void> {
  const line = `ECHO ${randomUUID()}\n`;
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    let answer = '';
    const tooLate = setTimeout(
      () => finish(new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const finish = (error?: Error): void => {
      clearTimeout(tooLate);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.on('connect', () => socket.write(line));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer === line) finish();
      else if (!line.startsWith(answer))
        finish(new Error(`${host}:${port} answers something else than an ECHO`));
    });
    socket.on('error', (error) => finish(error));
    socket.on('end', () => finish(new Error(`${host}:${port} closes without an answer`)));
  });
}
