# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /thorax
COPY package.json package-lock.json .npmrc ./
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/
COPY libs/inference/package.json libs/inference/
COPY libs/platform/package.json libs/platform/
COPY libs/radiograph/package.json libs/radiograph/
COPY libs/registry/package.json libs/registry/
RUN npm ci
COPY tsconfig.json tsconfig.base.json ./
COPY libs libs
COPY apps apps
RUN npx tsc --build && npm run --workspace @thorax/web build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 THORAX_HOME=/var/lib/thorax
WORKDIR /thorax
COPY --from=build /thorax/node_modules node_modules
COPY --from=build /thorax/package.json ./
COPY --from=build /thorax/libs libs
COPY --from=build /thorax/apps apps
COPY models models
RUN mkdir -p /var/lib/thorax && chown node:node /var/lib/thorax
USER node
VOLUME /var/lib/thorax
EXPOSE 3000
HEALTHCHECK --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/api/dist/main.js"]
