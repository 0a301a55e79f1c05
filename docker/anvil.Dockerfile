# A chain to try the bots on: anvil with the real contracts, or a fork of a live chain. Never for production.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS tools
WORKDIR /app
COPY package.json pnpm-workspace.yaml ./
COPY packages/devnet/package.json packages/devnet/
RUN version() { node -p "require('./$1').devDependencies['$2']"; } \
    && npm install --global --silent "$(node -p "require('./package.json').packageManager")" \
    && mkdir /tools && ln -s /tools/node_modules /node_modules \
    && npm install --prefix /tools --silent \
       "typescript@$(version package.json typescript)" \
       "@types/node@$(version package.json @types/node)" \
       "@types/ws@$(version packages/devnet/package.json @types/ws)"
COPY pnpm-lock.yaml ./
ENV CI=true PNPM_CONFIG_STORE_DIR=/pnpm PNPM_CONFIG_NODE_LINKER=hoisted PNPM_CONFIG_PACKAGE_IMPORT_METHOD=copy

FROM tools AS dependencies
RUN --mount=type=cache,target=/pnpm \
    pnpm install --frozen-lockfile --trust-lockfile --prod --filter-prod @service-bots/devnet --reporter=silent

FROM dependencies AS build
COPY tsconfig.base.json ./
COPY packages/devnet packages/devnet
RUN /node_modules/.bin/tsc -p packages/devnet/tsconfig.build.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app/packages/devnet
COPY --from=dependencies /app/node_modules /app/node_modules
COPY --from=dependencies /app/packages /app/packages
COPY --from=build /app/packages/devnet/dist dist
USER node
ENTRYPOINT ["node", "dist/main.js"]
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="service-bots anvil" \
      org.opencontainers.image.source="https://github.com/delvtech/service-bots" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
