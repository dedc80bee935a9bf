// Owns the HTTP face of imports: a file is sent and looked at, then applied, then watched.

import { hash } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isEncoding } from '../files/encoding.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { idempotencyHeader, keyReused, type RequestKey, requestKey } from '../idempotency/request-key.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { App } from '../platform/http.ts';
import {
  bodyTooLarge,
  invalidRequest,
  notFound,
  Problem,
  unavailable,
  unsupportedMediaType,
} from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { createShare } from '../platform/share.ts';
import { type CheckFileDeps, keepFile, previewFile, type SentFile } from './check-file.ts';
import { maxFileBytes, unreadableFile } from './import.ts';
import { findImport } from './import-store.ts';
import { importJson, importSchema } from './schemas.ts';
import { startApplying } from './start-applying.ts';

export interface ImportsDeps extends CheckFileDeps {
  /** Called after the decision to apply is durable. */
  wake: () => void;
}

const tags = ['product imports'];
const config = { access: 'catalog:write' } as const;
const importRef = Type.Ref('ProductImport');
const kept = 'for two days';

const bytes = { type: 'string', format: 'binary' };
const form = { type: 'object', properties: { file: bytes }, required: ['file'] };

/** Each holds its file in memory while it is looked at. */
const sharing = { atOnce: 2, waiting: 4, patienceMs: 10_000, refusal: 'Too many files are being looked at.' };

export function registerImports(app: App, deps: ImportsDeps): void {
  app.addSchema(importSchema);
  const share = createShare(sharing);
  const requestValidators = app.validatorCompiler as NonNullable<typeof app.validatorCompiler>;
  // In a scope of its own: only here files are understood.
  void app.register(async (scope: App) => {
    await scope.register(multipart, { limits: { files: 1, fields: 0, fileSize: maxFileBytes } });
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: maxFileBytes }, (_request, body, done) =>
      done(null, body),
    );

    scope.post(
      '/api/v1/product-imports/',
      {
        config,
        bodyLimit: maxFileBytes + 64 * 1024,
        // A file is looked at row by row, and no document.
        validatorCompiler: (part) => (part.httpPart === 'body' ? () => true : requestValidators(part)),
        schema: {
          operationId: 'product_imports_create',
          tags,
          summary: 'Look at a file of products',
          description:
            'CSV as `text/csv`, or as the one file of a `multipart/form-data`: up to 20 MiB and 100,000 rows, with the columns and the rules of ' +
            '`agizo import products`. Nothing is written: the answer says what the file would do, and what is wrong with it.',
          headers: idempotencyHeader(kept),
          body: { content: { 'text/csv': { schema: bytes }, 'multipart/form-data': { schema: form } } },
          querystring: Type.Object(
            {
              encoding: Type.Optional(
                Type.String({
                  maxLength: 40,
                  description: 'Of a file that is not UTF-8, as browsers call it.',
                  examples: ['windows-1252'],
                }),
              ),
            },
            { additionalProperties: false },
          ),
          response: {
            201: { description: 'What the file would do.', ...importRef },
            ...problemResponses(
              invalidRequest,
              unreadableFile,
              unauthenticated,
              forbidden,
              bodyTooLarge,
              unsupportedMediaType,
              keyReused,
              unavailable,
            ),
          },
        },
      },
      async (request, reply) => {
        const made = await share(async () => {
          const file = { bytes: await fileOf(request), encoding: readEncoding(request.query.encoding) };
          const key = requestKey(request, { sha256: hash('sha256', file.bytes), encoding: file.encoding });
          return lookOnce(deps, file, key, callerOf(request).userId);
        });
        if (made.isReplayed) void reply.header('idempotent-replayed', 'true');
        return reply
          .code(201)
          .header('location', `${app.basePath}/api/v1/product-imports/${made.answer.id}/`)
          .send(made.answer);
      },
    );
  });

  app.get(
    '/api/v1/product-imports/:id/',
    {
      config,
      schema: {
        operationId: 'product_imports_read',
        tags,
        summary: 'How far an import is',
        params: idParams,
        response: {
          200: { description: 'The import.', ...importRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound),
        },
      },
    },
    async (request, reply) => {
      const found = await findImport(deps.db, request.params.id);
      if (!found) throw new Problem(notFound, 'There is no such import; a file is kept for a week.');
      return reply.header('cache-control', 'no-store').send(importJson(found));
    },
  );

  app.post(
    '/api/v1/product-imports/:id/apply/',
    {
      config,
      schema: {
        operationId: 'product_imports_apply',
        tags,
        summary: 'Bring a file in that was looked at',
        description:
          'A worker brings in the rows that are good, five hundred at a time; a product that was sold or changed meanwhile is judged as it is then. ' +
          'What is being applied, or was, stays as it is.',
        params: idParams,
        headers: idempotencyHeader(kept),
        response: {
          202: { description: 'It begins, or has begun.', ...importRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, keyReused),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { answer, isReplayed } = await answerOnce(deps, requestKey(request, { id }), async (trx) =>
        importJson(await startApplying(deps, trx, id, callerOf(request).userId)),
      );
      deps.wake();
      if (isReplayed) void reply.header('idempotent-replayed', 'true');
      return reply.code(202).send(answer);
    },
  );
}

/** A file that is sent again is looked at again, which changes nothing, and answered as before. */
async function lookOnce(deps: CheckFileDeps, file: SentFile, key: RequestKey | undefined, userId: string) {
  const found = await previewFile(deps, file);
  return answerOnce(deps, key, async (trx) => importJson(await keepFile(deps, trx, file, found, userId)));
}

async function fileOf(request: FastifyRequest): Promise<Buffer> {
  if (Buffer.isBuffer(request.body)) return request.body.length > maxFileBytes ? refuseTooLarge() : request.body;
  const part = request.isMultipart() ? await request.file() : undefined;
  if (part) return part.toBuffer().catch(refuseTooLarge);
  throw new Problem(unsupportedMediaType, 'Send the file as text/csv, or as the file of a form (multipart/form-data).');
}

function refuseTooLarge(error?: Error): never {
  if (error && !('code' in error && error.code === 'FST_REQ_FILE_TOO_LARGE')) throw error;
  throw new Problem(bodyTooLarge, 'The file is over 20 MiB.');
}

/** @throws Problem invalid-request */
function readEncoding(name: string | undefined): string | undefined {
  if (name === undefined || isEncoding(name)) return name;
  throw new Problem(invalidRequest, 'The query of the request is not valid.', {
    errors: [{ pointer: '?encoding', detail: 'must be an encoding such as windows-1252 or utf-8' }],
  });
}
