# An image for each bot: docker build -f docker/bot.Dockerfile --build-arg BOT=keeper .
# It holds that bot's programs and the files that they load; nothing else of the repository.
ARG NODE_IMAGE=node:24-bookworm-slim

# The tools, the same for every bot. tsc finds typings in any node_modules up to the root folder.
FROM ${NODE_IMAGE} AS tools
WORKDIR /app
COPY package.json pnpm-workspace.yaml ./
COPY packages/core/package.json packages/core/
RUN version() { node -p "require('./$1').devDependencies['$2']"; } \
    && npm install --global --silent "$(node -p "require('./package.json').packageManager")" \
    && mkdir /tools && ln -s /tools/node_modules /node_modules \
    && npm install --prefix /tools --silent \
       "esbuild@$(version package.json esbuild)" \
       "typescript@$(version package.json typescript)" \
       "@types/node@$(version package.json @types/node)" \
       "@types/ws@$(version packages/core/package.json @types/ws)" \
       "libsql@$(version packages/core/package.json libsql)"

COPY pnpm-lock.yaml bundle.mjs ./
ENV CI=true PNPM_CONFIG_STORE_DIR=/pnpm PNPM_CONFIG_NODE_LINKER=hoisted PNPM_CONFIG_PACKAGE_IMPORT_METHOD=copy

# Core is compiled once for all bots.
FROM tools AS core
RUN --mount=type=cache,target=/pnpm \
    pnpm install --frozen-lockfile --trust-lockfile --prod --filter-prod @service-bots/core --reporter=silent
COPY tsconfig.base.json ./
COPY packages/core packages/core
RUN cd packages/core && /node_modules/.bin/tsc -p tsconfig.build.json && node ../../bundle.mjs

# The operators' occasional commands, for hosts without Node: --target ops, in compose the service of that
# name.
FROM core AS ops-build
COPY bots bots
COPY ops ops
RUN --mount=type=cache,target=/pnpm \
    pnpm install --frozen-lockfile --trust-lockfile --prod --filter-prod './bots/*' --filter-prod '@service-bots/ops...' --reporter=silent \
    && for each in bots/* ops; do /node_modules/.bin/tsc -p "$each/tsconfig.build.json" || exit 1; done

FROM ${NODE_IMAGE} AS ops
ENV NODE_ENV=production
WORKDIR /app
COPY --from=ops-build /app /app
USER node
ENTRYPOINT ["node", "ops/dist/main.js"]
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="service-bots ops" \
      org.opencontainers.image.source="https://github.com/delvtech/service-bots" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The dependencies of the bot's programs, exactly as in the lockfile (`make check` has compared its entries
# with pnpm's policies).
FROM tools AS dependencies
ARG BOT
COPY bots/${BOT}/package.json bots/${BOT}/
RUN --mount=type=cache,target=/pnpm \
    pnpm install --frozen-lockfile --trust-lockfile --prod --filter-prod "@service-bots/${BOT}..." --reporter=silent

# Each program is one file (bundle.mjs). The packages that it loads by name stay beside it: yaml, nodemailer,
# and libsql for the bots that keep a database.
FROM dependencies AS build
COPY tsconfig.base.json ./
COPY --from=core /app/packages/core/dist packages/core/dist
ARG BOT
COPY bots/${BOT} bots/${BOT}
RUN cd bots/${BOT} && /node_modules/.bin/tsc -p tsconfig.build.json && node ../../bundle.mjs \
    && cd ../.. && find packages/core bots/${BOT} -type f ! -name main.js ! -name package.json -delete \
    && find packages bots -type d -empty -delete \
    && mkdir /libraries && cd node_modules \
    && for each in yaml nodemailer libsql @libsql @neon-rs detect-libc; do [ ! -e "$each" ] || mv "$each" /libraries/; done \
    && find /libraries \( -name '*.map' -o -name '*.ts' \) -type f -delete

FROM ${NODE_IMAGE}
# Any user that runs the bot (compose names the user) can write its state, into a separate volume for each
# bot.
RUN install -d -m 1777 /state
ENV NODE_ENV=production LOG_FORMAT=json STATE_DIR=/state STATUS_HOST=0.0.0.0 STATUS_PORT=8080
ARG BOT
WORKDIR /app/bots/${BOT}
COPY docker/healthcheck.mjs /app/
COPY --from=build /libraries /app/node_modules
COPY --from=build /app/packages /app/packages
COPY --from=build /app/bots /app/bots
USER node
# On a host without a free processor the engine leaves late checks running, and they take what time there is.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["timeout", "--signal=KILL", "5", "node", "/app/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/main.js"]

# The last step, so that a commit that changes nothing of the bot rebuilds nothing.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="service-bots ${BOT}" \
      org.opencontainers.image.source="https://github.com/delvtech/service-bots" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
