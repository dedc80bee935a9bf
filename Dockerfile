# The service as an image: `docker build -t you/ecommerce-app .`, then `docker run -p 8000:8000 --env-file .env you/ecommerce-app`.
# docs/deployment.md says why it is as it is, and `npm run verify:deploy` builds and runs it.

FROM node:24-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY console ./console
RUN --mount=type=secret,id=extra_ca \
    if [ -f /run/secrets/extra_ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/extra_ca; fi; \
    npm ci --ignore-scripts --no-audit --no-fund && npm run build:console

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY console/package.json console/
# Without the optional packages: they are the PostgreSQL and the Node that a bare machine needs, and the image has its own Node.
# Behind a proxy with a certificate of its own: --secret id=extra_ca,src=ca.pem. It stays out of the image.
RUN --mount=type=secret,id=extra_ca \
    if [ -f /run/secrets/extra_ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/extra_ca; fi; \
    npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY bin ./bin
COPY migrations ./migrations
COPY src ./src
COPY LICENSE ./
COPY --from=console /app/dist/console ./dist/console
# A start without settings loads everything and ends: what Node has compiled for it is kept, for the user that will run it.
RUN install -d -o 10001 node_modules/.cache && \
    NODE_ENV=production setpriv --reuid=10001 --regid=10001 --clear-groups bin/agizo serve 2>/dev/null; \
    test -d node_modules/.cache/agizo

# The Node of the official image without its npm and headers, which would only be there to be attacked.
FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
RUN ln -s /app/bin/agizo /usr/local/bin/agizo && node --version
WORKDIR /app
ENV NODE_ENV=production
LABEL org.opencontainers.image.title="Agizo" \
      org.opencontainers.image.description="Order processing for shops whose customers live on their phones" \
      org.opencontainers.image.licenses="MIT"
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
EXPOSE 8000 9464
STOPSIGNAL SIGTERM
# A worker serves no HTTP but its metrics.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "const { PORT = 8000, METRICS_PORT = 9464 } = process.env; Promise.any([`${PORT}/livez`, `${METRICS_PORT}/metrics`].map((at) => fetch(`http://127.0.0.1:${at}`))).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["agizo", "serve"]
