// Owns the HTTP face of categories.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { answerOnce } from '../idempotency/answer-once.ts';
import { idempotencyHeader, keyReused, requestKey } from '../idempotency/request-key.ts';
import { forbidden, unauthenticated } from '../identity/access.ts';
import type { Asked } from '../platform/addresses.ts';
import { type RenderedList, renderList, sendList, sendTagged } from '../platform/conditional-reply.ts';
import type { Database } from '../platform/database.ts';
import { isExpectedBy } from '../platform/etag.ts';
import type { App } from '../platform/http.ts';
import { uuidPattern } from '../platform/ids.ts';
import { cutPage, decodeCursor, foreignCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest, notFound, Problem, stale } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { createSharedReads } from '../platform/shared-reads.ts';
import type { CatalogDeps } from './catalog-deps.ts';
import { categoryEtag, categoryJson, categoryTreeJson } from './category.ts';
import { type CategoryFilter, findCategory, listCategories, listDescendants } from './category-store.ts';
import { edited, keptFor, onceWithKey, sendCreated } from './created-reply.ts';
import { createCategory, removeCategory, updateCategory } from './edit-categories.ts';
import { categoryCycle, categoryInUse, categoryTooDeep, duplicate, unknownCategory } from './problems.ts';
import { categoryBody, categoryNodeSchema, categoryPatchBody, categorySchema } from './schemas.ts';

const tags = ['categories'];
const categoryRef = Type.Ref('Category');
const notModified = { description: 'You have it already.', type: 'null' };
const writeProblems = [
  invalidRequest,
  unauthenticated,
  forbidden,
  unknownCategory,
  categoryTooDeep,
  duplicate,
] as const;

const listQuery = Type.Object(
  {
    ...pageQuery,
    parent: Type.Optional(
      Type.String({
        pattern: '^(null|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
        description: 'Only the children of this category; `null`: only those at the top.',
      }),
    ),
    tree: Type.Optional(
      Type.Boolean({
        description: 'Nests everything below in `children`. Starts at the top unless `parent` is given.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function registerCategories(app: App, deps: CatalogDeps): void {
  app.addSchema(categorySchema);
  app.addSchema(categoryNodeSchema);
  registerCategoryReads(app, deps);
  registerCategoryWrites(app, deps);
}

function registerCategoryReads(app: App, deps: CatalogDeps): void {
  const shareList = createSharedReads<RenderedList>();

  app.get(
    '/api/v1/categories/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'categories_list',
        tags,
        summary: 'List categories, newest first',
        querystring: listQuery,
        response: {
          200: { description: 'A page of categories.', type: 'array', items: Type.Ref('CategoryNode') },
          304: notModified,
          ...problemResponses(invalidRequest),
        },
      },
    },
    async (request, reply) => {
      const reads = deps.readsOf(request);
      const list = await shareList(reads.key + request.baseUrl + request.url, async () => {
        const { json, links } = await reads.list((from) => findCategories(from, request.query, request));
        return renderList(json, links);
      });
      return sendList(request, reply, list);
    },
  );

  app.get(
    '/api/v1/categories/:id/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'categories_read',
        tags,
        summary: 'One category',
        params: idParams,
        response: {
          200: { description: 'The category.', ...categoryRef },
          304: notModified,
          ...problemResponses(invalidRequest, notFound),
        },
      },
    },
    async (request, reply) => {
      const category = await deps.readsOf(request).now((db) => findCategory(db, request.params.id));
      if (!category) throw new Problem(notFound, 'There is no such category.');
      return sendTagged(request, reply, categoryEtag(category), categoryJson(category));
    },
  );
}

async function findCategories(db: Kysely<Database>, query: Static<typeof listQuery>, asked: Asked) {
  const { parent, tree = false } = query;
  const limit = pageSize(query);
  const filter: CategoryFilter = {
    parentId: parent === 'null' || (parent === undefined && tree) ? null : parent,
    before: query.cursor === undefined ? undefined : decodePosition(query.cursor),
  };
  const found = await listCategories(db, filter, limit + 1);
  const { page, next } = cutPage(found, limit, (last) => [last.createdAt.getTime(), last.id]);
  const ids = page.map((category) => category.id);
  const json = tree ? categoryTreeJson(page, await listDescendants(db, ids)) : page.map(categoryJson);
  return { json, links: pageLinks(asked, next) };
}

const lastTime = Date.UTC(9999, 11, 31);

function decodePosition(cursor: string): CategoryFilter['before'] {
  const [time, id] = decodeCursor(cursor, 2);
  if (typeof id !== 'string' || !uuidPattern.test(id)) throw foreignCursor();
  if (typeof time !== 'number' || !Number.isInteger(time) || time < 0 || time > lastTime) throw foreignCursor();
  return { createdAt: new Date(time), id };
}

function registerCategoryWrites(app: App, deps: CatalogDeps): void {
  app.post(
    '/api/v1/categories/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'categories_create',
        tags,
        summary: 'Add a category',
        description: onceWithKey,
        headers: idempotencyHeader(keptFor),
        body: categoryBody,
        response: { 201: { description: 'Added.', ...categoryRef }, ...problemResponses(...writeProblems, keyReused) },
      },
    },
    async (request, reply) => {
      const { title, parent = null, code } = request.body;
      const made = await answerOnce(deps, requestKey(request, request.body), async (trx) => {
        const category = await createCategory(edited(deps, request), trx, { title, parentId: parent, code });
        return { etag: categoryEtag(category), json: categoryJson(category) };
      });
      return sendCreated(reply, `${app.basePath}/api/v1/categories/`, made);
    },
  );

  const changed = {
    200: { description: 'The category as it is now.', ...categoryRef },
    ...problemResponses(...writeProblems, notFound, categoryCycle, stale),
  };
  app.put(
    '/api/v1/categories/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'categories_update',
        tags,
        summary: 'Replace a category',
        description: 'Without `parent` it goes to the top; without `code` it keeps the one it has.',
        params: idParams,
        body: categoryBody,
        response: changed,
      },
    },
    async (request, reply) => {
      const { title, parent = null, code } = request.body;
      const change = { title, parentId: parent, code };
      const category = await updateCategory(edited(deps, request), request.params.id, change, isExpectedBy(request));
      return reply.header('etag', categoryEtag(category)).send(categoryJson(category));
    },
  );

  app.patch(
    '/api/v1/categories/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'categories_partial_update',
        tags,
        summary: 'Rename or move a category',
        description: 'With another `parent` everything below it moves along.',
        params: idParams,
        body: categoryPatchBody,
        response: changed,
      },
    },
    async (request, reply) => {
      const { title, parent, code } = request.body;
      const change = { title, parentId: parent, code };
      const category = await updateCategory(edited(deps, request), request.params.id, change, isExpectedBy(request));
      return reply.header('etag', categoryEtag(category)).send(categoryJson(category));
    },
  );

  app.delete(
    '/api/v1/categories/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'categories_delete',
        tags,
        summary: 'Delete an empty category',
        description: 'Products that were deleted don’t keep it: orders know them all the same.',
        params: idParams,
        response: {
          204: { description: 'Deleted.', type: 'null' },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, categoryInUse, stale),
        },
      },
    },
    async (request, reply) => {
      await removeCategory(edited(deps, request), request.params.id, isExpectedBy(request));
      return reply.code(204).send(null);
    },
  );
}
