package server

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"

	"connectrpc.com/connect"
	"connectrpc.com/vanguard"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // packed requests are packed anew for gRPC
)

// WebRPC serves browsers: gRPC-Web and Connect on the HTTP port, by the same server with the same interceptors. It gives a handler for each
// service's path. It is the only file that knows the transcoder.
func WebRPC(g *grpc.Server) (map[string]http.Handler, error) {
	services := make([]*vanguard.Service, 0, len(g.GetServiceInfo()))
	for service := range g.GetServiceInfo() {
		services = append(services, vanguard.NewService(service, sayUnread(g)))
	}
	transcoder, err := vanguard.NewTranscoder(services,
		vanguard.WithCodec(newBrowserJSON),
		vanguard.WithCompression("gzip", func() connect.Compressor { return gzip.NewWriter(io.Discard) }, newInflate),
		vanguard.WithDefaultServiceOptions(
			vanguard.WithTargetProtocols(vanguard.ProtocolGRPC), vanguard.WithTargetCodecs(vanguard.CodecProto), vanguard.WithMaxMessageBufferBytes(maxAnswer)))
	if err != nil {
		return nil, fmt.Errorf("web transcoder: %w", err)
	}
	bounded := http.MaxBytesHandler(boundEnvelopes(transcoder), maxMessage)
	handlers := make(map[string]http.Handler)
	for service := range g.GetServiceInfo() {
		handlers["/"+service+"/"] = bounded
	}
	return handlers, nil
}
