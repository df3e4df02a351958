package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// modelDesk keeps the providers of models that are made over the API, and the secrets that the configuration file names. Each provider is one sealed value among the secrets, its key inside: whoever has
// the database alone learns neither. Their names have a dot, so that no secret of a person meets them.
type modelDesk struct {
	*outside.Performer

	store *sealed.Store // nil without a key to seal with
	log   *slog.Logger
	now   func() time.Time
	file  outside.Config // with the names of its secrets
	tell  func()         // the other replicas
	wake  chan struct{}

	mu    sync.Mutex
	known map[string]*keptProvider // by id
	marks string                   // of what was read last
}

// keptProvider is a provider as it is stored.
type keptProvider struct {
	shown *flowdeskv1.ModelProvider
	key   string
}

// storedProvider is the sealed text.
type storedProvider struct {
	Provider json.RawMessage `json:"provider"`
	Key      string          `json:"key"`
}

// takeUpEvery is how soon a provider or a secret that another replica changed is taken up without a hint.
const takeUpEvery = 2 * time.Second

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,40}$`)

// unread are the marks before anything was read.
const unread = "unread"

// newModelDesk takes up the stored providers. The file is given with the names of its secrets, and with the secrets.
func newModelDesk(
	ctx context.Context, performer *outside.Performer, file outside.Config, store *sealed.Store, log *slog.Logger, now func() time.Time, tell func(),
) (*modelDesk, error) {
	d := &modelDesk{Performer: performer, store: store, log: log, now: now, known: make(map[string]*keptProvider), marks: unread, file: file, tell: tell, wake: make(chan struct{}, 1)}
	if store == nil {
		return d, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d, d.read(ctx)
}

// look takes up what another replica changed, soon. It returns at once.
func (d *modelDesk) look() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// follow takes up what other replicas change, until the context ends.
func (d *modelDesk) follow(ctx context.Context) {
	if d.store == nil {
		return
	}
	ticks := time.NewTicker(takeUpEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		case <-d.wake:
		}
		d.mu.Lock()
		err := d.read(ctx)
		d.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			d.log.Warn("read the providers of models and the secrets", slog.Any("error", err))
		}
	}
}

// read takes up the stored providers and secrets when they are others than those known. One that cannot be used is left out and logged: the others serve.
func (d *modelDesk) read(ctx context.Context) error {
	secrets, err := d.store.ListSecrets(ctx)
	if err != nil {
		return fmt.Errorf("list the providers of models: %w", err)
	}
	var marks strings.Builder
	for _, record := range secrets {
		marks.WriteString(record.Secret.GetName() + "=" + record.Secret.GetFingerprint() + record.Secret.GetUpdateTime().String() + "\n")
	}
	if marks.String() == d.marks {
		return nil
	}
	known := make(map[string]*keptProvider)
	for _, record := range secrets {
		if !server.IsModelSecret(record.Secret.GetName()) {
			continue
		}
		kept, err := d.load(ctx, record)
		if err != nil {
			return err
		}
		known[kept.shown.GetId()] = kept
	}
	for id, kept := range known {
		if d.OfFile(id) {
			d.log.Warn("a provider of models is in the configuration file too, which counts", slog.String("provider", id))
			delete(known, id)
		} else if err := d.Check([]outside.Managed{outside.NewManaged(kept.shown, kept.key)}); err != nil {
			d.log.Warn("a provider of models cannot be used", slog.String("provider", id), slog.Any("error", err))
			delete(known, id)
		}
	}
	left, missing := d.file.Without(among(secrets))
	if len(missing) > 0 {
		d.log.Warn("the configuration names secrets that are not there; what needs them is not used until they are (PutSecret)", slog.Any("secrets", missing))
	}
	resolved, err := left.Resolved(func(id string) (string, error) { return d.store.Value(ctx, id) })
	if err != nil {
		return err
	}
	if err := d.Configure(resolved, managed(known)); err != nil {
		return err
	}
	d.known, d.marks = known, marks.String()
	return nil
}

func (d *modelDesk) load(ctx context.Context, record *storage.SecretRecord) (*keptProvider, error) {
	name := strings.TrimPrefix(record.Secret.GetName(), "secrets/")
	text, err := d.store.Value(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	var stored storedProvider
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, fmt.Errorf("read %s: it is no provider", name) // the reason would quote the text
	}
	kept := &keptProvider{shown: &flowdeskv1.ModelProvider{}, key: stored.Key}
	if err := protojson.Unmarshal(stored.Provider, kept.shown); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	kept.shown.Etag, kept.shown.UpdateTime = record.Secret.GetFingerprint(), record.Secret.GetUpdateTime()
	return kept, nil
}

func managed(known map[string]*keptProvider) []outside.Managed {
	out := make([]outside.Managed, 0, len(known))
	for _, kept := range known {
		out = append(out, outside.NewManaged(kept.shown, kept.key))
	}
	return out
}

// Providers implements server.Models.
func (d *modelDesk) Providers() []*flowdeskv1.ModelProvider {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.Performer.Providers()
	for _, p := range all {
		kept := d.known[p.GetId()]
		if kept == nil {
			continue
		}
		p.Managed, p.Preset, p.Rank = true, kept.shown.GetPreset(), kept.shown.GetRank()
		p.InputPriceMicros, p.OutputPriceMicros = kept.shown.GetInputPriceMicros(), kept.shown.GetOutputPriceMicros()
		p.Etag, p.UpdateTime, p.Uses = kept.shown.GetEtag(), kept.shown.GetUpdateTime(), kept.shown.GetUses()
	}
	return all
}

// PutProvider implements server.Models.
func (d *modelDesk) PutProvider(ctx context.Context, given *flowdeskv1.ModelProvider, key string, validateOnly bool) error {
	id := given.GetName()[strings.LastIndexByte(given.GetName(), '/')+1:]
	switch {
	case d.store == nil:
		return server.RefuseUnoffered("this server has no key to seal secrets with")
	case !providerID.MatchString(id):
		return server.RefuseField("model_provider.name", "lower-case letters, digits, - and _, at most 41")
	case d.OfFile(id):
		return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_IN_USE, "the configuration file has a provider of this name; change it there")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.read(ctx); err != nil {
		return err
	}
	before := d.known[id]
	if before == nil && given.GetEtag() != "" || before != nil && given.GetEtag() != before.shown.GetEtag() {
		return server.RefuseEtag()
	}
	kept := &keptProvider{key: key, shown: &flowdeskv1.ModelProvider{
		Id: id, Model: strings.TrimSpace(given.GetModel()), BaseUri: strings.TrimSpace(given.GetBaseUri()), Uses: given.GetUses(), Preset: given.GetPreset(),
		Rank: given.GetRank(), InputPriceMicros: given.GetInputPriceMicros(), OutputPriceMicros: given.GetOutputPriceMicros(),
	}}
	if key == "" && before != nil {
		if before.shown.GetBaseUri() != kept.shown.GetBaseUri() || before.shown.GetPreset() != kept.shown.GetPreset() {
			return server.RefuseField("key", "give the key again: a key goes nowhere but where it was given for")
		}
		kept.key = before.key
	}
	next := make(map[string]*keptProvider, len(d.known)+1)
	for other, p := range d.known {
		next[other] = p
	}
	next[id] = kept
	if err := d.Check(managed(next)); err != nil {
		return server.RefuseField("model_provider", err.Error())
	}
	if validateOnly {
		return nil
	}
	shown, err := protojson.Marshal(kept.shown)
	if err != nil {
		return err
	}
	text, err := json.Marshal(storedProvider{Provider: shown, Key: kept.key})
	if err != nil {
		return errors.New("store a provider of models") // the reason could quote the key
	}
	if err := d.store.PutValue(ctx, server.ModelSecret+id, string(text), d.now()); err != nil {
		return err
	}
	d.tell()
	return d.read(ctx)
}

// DeleteProvider implements server.Models.
func (d *modelDesk) DeleteProvider(ctx context.Context, id, etag string) error {
	if d.store == nil {
		return server.RefuseUnoffered("this server has no key to seal secrets with")
	}
	if d.OfFile(id) {
		return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_IN_USE, "the configuration file has a provider of this name; change it there")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.read(ctx); err != nil {
		return err
	}
	kept := d.known[id]
	if kept == nil {
		return fmt.Errorf("provider %s: %w", id, storage.ErrNotFound)
	}
	if etag != "" && etag != kept.shown.GetEtag() {
		return server.RefuseEtag()
	}
	if err := d.store.DeleteSecret(ctx, server.ModelSecret+id); err != nil {
		return err
	}
	d.tell()
	return d.read(ctx)
}

// TestProvider implements server.Models.
func (d *modelDesk) TestProvider(ctx context.Context, id string) (*flowdeskv1.TestModelProviderResponse, error) {
	answer, err := d.Test(ctx, id)
	if errors.Is(err, outside.ErrNoProvider) {
		return nil, fmt.Errorf("provider %s: %w", id, storage.ErrNotFound)
	}
	return answer, err
}

var _ server.Models = (*modelDesk)(nil)
