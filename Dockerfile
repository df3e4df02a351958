# The console.
FROM node:22-bookworm-slim AS console
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY gen/ts /src/gen/ts
COPY web/ ./
RUN npm run --silent bundle

# The program, with the console in it.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=console /src/web/assets/console web/assets/console
RUN CGO_ENABLED=0 go build -trimpath -o /out/flowdesk ./cmd/flowdesk \
 && cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /out/ \
 && mkdir /out/data

# Nothing else: no shell, no packages. It runs on a read-only root and writes below /data alone.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/zoneinfo.zip /zoneinfo.zip
COPY --from=build /out/flowdesk /flowdesk
COPY --from=build --chown=65532:65532 /out/data /data
ENV ZONEINFO=/zoneinfo.zip \
    FLOWDESK_DATA_DIR=/data \
    FLOWDESK_HTTP=0.0.0.0:8080 \
    FLOWDESK_GRPC=0.0.0.0:9090
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080 9090
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["/flowdesk", "health"]
ENTRYPOINT ["/flowdesk"]
CMD ["serve"]
