package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// part is a piece of a stored environment, under its digest. A snapshot is stored whenever staff become active or a group is met, and most
// of it stays the same: only the pieces that changed are written.
type part struct {
	digest string
	data   []byte
}

// peopleParts and groupParts are the numbers of pieces into which the two long lists are split, by id.
const (
	peopleParts = 16
	groupParts  = 64
)

// split gives the snapshot's parts, and the snapshot as the parts make it when they are put together: the lists in the order of the parts.
// The first part is headPart.
func split(snapshot *flowdeskv1.Environment) (*flowdeskv1.Environment, []part, error) {
	pieces := []*flowdeskv1.Environment{{Settings: snapshot.GetSettings()}}
	for _, people := range spread(snapshot.GetPeople(), peopleParts) {
		pieces = append(pieces, &flowdeskv1.Environment{People: people})
	}
	for _, groups := range spread(snapshot.GetGroups(), groupParts) {
		pieces = append(pieces, &flowdeskv1.Environment{Groups: groups})
	}
	ordered := &flowdeskv1.Environment{
		Generation: snapshot.GetGeneration(), Settings: snapshot.GetSettings(), Robots: snapshot.GetRobots(), Flows: snapshot.GetFlows(),
		Alerts: snapshot.GetAlerts(),
	}
	head, err := headPart(ordered)
	if err != nil {
		return nil, nil, err
	}
	parts := []part{head}
	for _, piece := range pieces {
		p, err := newPart(piece)
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, p)
		ordered.People, ordered.Groups = append(ordered.GetPeople(), piece.GetPeople()...), append(ordered.GetGroups(), piece.GetGroups()...)
	}
	return ordered, parts, nil
}

// headPart holds what is short and changes with every snapshot.
func headPart(snapshot *flowdeskv1.Environment) (part, error) {
	return newPart(&flowdeskv1.Environment{
		Generation: snapshot.GetGeneration(), Robots: snapshot.GetRobots(), Flows: snapshot.GetFlows(), Alerts: snapshot.GetAlerts(),
	})
}

func newPart(piece *flowdeskv1.Environment) (part, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(piece)
	if err != nil {
		return part{}, fmt.Errorf("marshal the environment: %w", err)
	}
	return part{digest: digestOf(data), data: data}, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// spread deals items out by their ids, so that a new one changes one piece; empty pieces are left out.
func spread[T interface{ GetId() string }](items []T, into uint64) [][]T {
	pieces := make([][]T, into)
	for _, item := range items {
		i := engine.Digest("part", item.GetId()) % into
		pieces[i] = append(pieces[i], item)
	}
	kept := pieces[:0]
	for _, piece := range pieces {
		if len(piece) > 0 {
			kept = append(kept, piece)
		}
	}
	return kept
}

func manifest(parts []part) []byte {
	m := &flowdeskv1.EnvironmentManifest{}
	for _, p := range parts {
		m.Parts = append(m.Parts, p.digest)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err) //nolint:forbidigo // a list of hexadecimal numbers
	}
	return data
}

func manifestDigest(parts []part) string { return digestOf(manifest(parts)) }

// blobs are what must be stored so that a turn under the environment can be replayed.
func (e *environment) blobs() []*storage.EnvironmentBlob {
	blobs := []*storage.EnvironmentBlob{{Digest: e.Digest, Data: manifest(e.parts)}}
	for _, p := range e.parts {
		blobs = append(blobs, &storage.EnvironmentBlob{Digest: p.digest, Data: p.data})
	}
	return blobs
}

// LoadEnvironment reads the snapshot that a turn saw. With an unknown digest the error wraps storage.ErrNotFound.
func LoadEnvironment(ctx context.Context, store storage.EnvironmentStore, digest string) (*flowdeskv1.Environment, error) {
	data, err := store.GetEnvironment(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("environment %s: %w", digest, err)
	}
	m := &flowdeskv1.EnvironmentManifest{}
	if err := proto.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("environment %s: %w", digest, err)
	}
	env := &flowdeskv1.Environment{}
	for _, p := range m.GetParts() {
		data, err := store.GetEnvironment(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("environment %s, part %s: %w", digest, p, err)
		}
		if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(data, env); err != nil {
			return nil, fmt.Errorf("environment %s, part %s: %w", digest, p, err)
		}
	}
	return env, nil
}
