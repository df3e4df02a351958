FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /out/flowdesk ./cmd/flowdesk \
 && cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /out/ \
 && mkdir /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/zoneinfo.zip /zoneinfo.zip
COPY --from=build /out/flowdesk /flowdesk
COPY --from=build --chown=65532:65532 /out/data /data
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/flowdesk"]
CMD ["serve"]
