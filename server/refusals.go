package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"
)

// refusalLog tells the log of requests that were refused: who, what and why by its code, never in words, since those repeat what was sent. A
// flood of them is cut, and the next line says by how many.
type refusalLog struct {
	log    *slog.Logger
	limit  *rate.Limiter
	untold atomic.Int64
}

// How many lines about refused requests are written at once, and how often after that.
const (
	refusalsAtOnce = 1000
	refusalEvery   = 50 * time.Millisecond
)

func newRefusalLog(log *slog.Logger) *refusalLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &refusalLog{log: log, limit: rate.NewLimiter(rate.Every(refusalEvery), refusalsAtOnce)}
}

func (r *refusalLog) tell(ctx context.Context, level slog.Level, about ...slog.Attr) {
	if !r.limit.Allow() {
		r.untold.Add(1)
		return
	}
	if n := r.untold.Swap(0); n > 0 {
		about = append(about, slog.Int64("untold", n))
	}
	r.log.LogAttrs(ctx, level, "request refused", about...)
}

// refusalLevel is how much a refusal is worth an operator's look.
func refusalLevel(code codes.Code) slog.Level {
	switch code {
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Internal, codes.DataLoss:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
