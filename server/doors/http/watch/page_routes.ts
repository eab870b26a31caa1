/** The live page and its files. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { Refusal } from '../refusals/problem';
import { Asset, Assets, readAssets } from './assets';

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // Browsers keep the files but revalidate them each time, so that a new page never runs with old files.
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/** Adds `GET /` and `GET /assets/*`. */
export function addPageRoutes(app: FastifyInstance): void {
  const options = { schema: { hide: true } };
  const assets = keptAssets();
  app.get('/', options, async (request, reply) => sendAsset((await assets()).page, request, reply));
  app.get<{ Params: { '*': string } }>('/assets/*', options, async (request, reply) => {
    const asset = (await assets()).files.get(request.params['*']);
    if (asset === undefined) throw new Refusal('not-found', 'the page has no such file');
    return sendAsset(asset, request, reply);
  });
}

/** Reads the files at the first request; after a failure, at the next one again. */
function keptAssets(): () => Promise<Assets> {
  let kept: Promise<Assets> | undefined;
  return () => {
    kept ??= readAssets().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers(HEADERS).header('etag', asset.etag);
  if (holdsTag(request.headers['if-none-match'], asset.etag)) return reply.code(304).send();
  reply.header('content-type', asset.mediaType);
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(asset.bytes);
  return reply.header('content-encoding', 'gzip').send(asset.gzipped);
}

/** Whether an If-None-Match lists this content (RFC 9110, 13.1.2). */
function holdsTag(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*');
}

/** Whether an Accept-Encoding accepts gzip: lists it with a weight above 0 (RFC 9110, 12.5.3). */
function takesGzip(header: string | string[] | undefined): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(0?\.0*[1-9]|1)[\d.]*\s*)?(,|$)/i.test(String(header ?? ''));
}
