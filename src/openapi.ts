// Owns the API documents: the OpenAPI 3.1 description made from the routes' own schemas, and Swagger UI at /docs/.

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './platform/http.ts';
import { problemSchema } from './platform/responses.ts';

export interface OpenapiDeps {
  publicUrl: string;
  issuer: string;
  audience: string;
  clientId: string;
}

const description = `Agizo takes orders for shops whose customers live on their phones.

**Try it here.** Press *Authorize*, sign in, then open *orders → Place an order* and press *Execute*.
With the local sandbox, sign in as \`wanjiku@agizo.test\` or as \`staff@agizo.test\`; the password is \`agizo\`.
SMS and e-mail arrive at [/sandbox/](/sandbox/).

Lists are arrays with cursors in the \`Link\` header. Errors are problem documents (RFC 9457).
Money is a number in major units of the store's currency.`;

/** There is one document: the bar for opening another would be in the way. /docs/ is a public client: it has no secret. */
const pageStyle = `
.swagger-ui .topbar, .swagger-ui .scope-def, .swagger-ui .wrapper:has(> label[for^="client_secret"]) { display: none }
.swagger-ui .info { margin: 30px 0 }
.swagger-ui .dialog-ux .modal-ux-content { max-height: 78vh }
`;

/** Swagger UI adds a style element to the page; beside the service it talks only to the issuer, where it fetches the token. */
const contentPolicy = (deps: OpenapiDeps): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(deps.issuer).origin} ${new URL(deps.publicUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Must be called before the routes it describes are registered. */
export async function registerOpenapi(app: App, deps: OpenapiDeps): Promise<void> {
  const issuer = deps.issuer.replace(/\/$/, '');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Agizo', version: '1.0.0', description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: deps.publicUrl }],
      tags: [
        { name: 'orders', description: 'Placing orders and seeing them through.' },
        { name: 'products', description: 'What can be ordered.' },
        { name: 'categories', description: 'The tree that products hang on.' },
        { name: 'customers', description: 'The people who order.' },
        { name: 'messages', description: 'SMS and e-mail: the ledger, the texts and the channels.' },
        { name: 'health', description: 'For machines.' },
      ],
      components: {
        securitySchemes: {
          signIn: {
            type: 'oauth2',
            description: 'Sign in with the OpenID Connect provider.',
            flows: {
              authorizationCode: {
                authorizationUrl: `${issuer}/authorize?audience=${encodeURIComponent(deps.audience)}`,
                tokenUrl: `${issuer}/oauth/token`,
                scopes: { openid: 'Who you are', profile: 'Your name', email: 'Your e-mail address' },
              },
            },
          },
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token you already have.',
          },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => (json['$id'] as string | undefined) ?? `def-${index}`,
    },
  });
  app.addSchema(problemSchema);
  describeSecurity(app);
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    initOAuth: { clientId: deps.clientId, usePkceWithAuthorizationCodeGrant: true, scopes: 'openid profile email' },
    uiConfig: {
      url: `${app.basePath}/openapi.json`,
      deepLinking: true,
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
    },
    theme: { title: 'Agizo API', css: [{ filename: 'agizo.css', content: pageStyle }] },
    staticCSP: contentPolicy(deps),
  });
}

/** Every route that is not open to anyone says in the document that it needs a token; one place, so none is forgotten. */
function describeSecurity(app: App): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (access === undefined || access === 'anyone' || !route.schema) return;
    route.schema.security = [{ signIn: [] }, { token: [] }];
  });
}

/**
 * Serves the document itself. Called after every other route, so that it is complete.
 * @param followsHost whether the service and the sandbox's issuer are where they were asked for, whatever it says
 */
export function registerOpenapiJson(app: App, followsHost: boolean): void {
  app.get('/openapi.json', { config: { access: 'anyone' }, schema: { hide: true } }, async (request, reply) => {
    const document = app.swagger();
    const [server] = (document as { servers?: { url: string }[] }).servers ?? [];
    if (!followsHost || !server || server.url === request.baseUrl) return reply.send(document);
    // Whatever begins with our own address is ours, the endpoints of the sandbox's issuer among it.
    const here = `"${request.baseUrl}`;
    return reply.type('application/json').send(JSON.stringify(document).replaceAll(`"${server.url}`, () => here));
  });
}
