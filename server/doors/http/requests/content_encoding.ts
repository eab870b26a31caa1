import type { FastifyRequest } from 'fastify';

import { Refusal } from '../refusals/problem';

/** Requires that a body is sent as it is. @throws Refusal `unsupported-media-type` */
export function requireNoEncoding({ headers }: Pick<FastifyRequest, 'headers'>): void {
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity') return;
  throw new Refusal('unsupported-media-type', 'the body must be without Content-Encoding', {
    headers: { 'accept-encoding': 'identity' },
  });
}
