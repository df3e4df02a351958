package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/postgres"
	"github.com/flowdesk/flowdesk/internal/fabric/redis"
	"github.com/flowdesk/flowdesk/internal/redislink"
)

// replicaName tells this process from all others that ever were.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	return fmt.Sprintf("%.100s/%d/%s", host, os.Getpid(), strings.ToLower(rand.Text()[:8]))
}

// connect opens what carries hints between replicas: Redis where there is one, which need not answer yet or ever.
func (a *App) connect(options Options) error {
	a.name, a.Fabric = replicaName(), fabric.Alone{}
	if options.Fabric != nil {
		a.Fabric = options.Fabric
		return nil
	}
	if options.Redis == "" && options.shared() {
		hints, err := postgres.New(options.Database, a.name, a.log)
		if err != nil {
			return err
		}
		a.Fabric = hints
		return nil
	}
	if options.Redis == "" {
		return nil
	}
	link, err := redislink.New(options.Redis, a.log)
	if err != nil {
		return err
	}
	hints, err := redis.New(link, a.name, a.log)
	if err != nil {
		return err
	}
	a.Fabric, a.redis = hints, link
	return nil
}

// disconnect ends it, after whoever hears and sends hints. What may be lost then is looked up by the others.
func (a *App) disconnect(ctx context.Context) error {
	if err := a.Fabric.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("end of the hints to other replicas: %w", err)
	}
	return nil
}

// slower says why this replica works more slowly than it could. It never keeps it from being ready: without hints everything is found by
// looking into the database.
func (a *App) slower() string {
	health := a.Fabric.Health()
	if health.Connected {
		return ""
	}
	return fmt.Sprintf("%s is not connected (%s); replicas find each other's work by looking into the database, which is slower", health.Kind, health.Detail)
}
