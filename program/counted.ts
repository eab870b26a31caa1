/** A count with its noun, for a person to read: `1 batch`, `2 batches`. @param many of anything but one */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
