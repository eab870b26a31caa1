import { KeptFile } from './kept_file';

test('a connection that is lost while it asks twice is told once, and leaves no rejection that nobody handles', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const lost = (): Promise<never> => Promise.reject(new Error('the connection is lost'));
    await expect(new KeptFile().isCertain(lost, 'a process')).rejects.toThrow('the connection is lost');
    // Node tells of rejections when the microtasks are through.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});
