package check

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/storage"
)

// Handled reads when each message had its turn, by the clock of the server that ran it.
func Handled(ctx context.Context, setting database.Setting) (handled map[ledger.Token]time.Time, err error) {
	store, err := database.Open(ctx, setting)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	handled = make(map[ledger.Token]time.Time)
	for token := ""; ; {
		sessions, next, err := store.ListSessions(ctx, storage.SessionFilter{}, storage.Page{Size: storage.MaxPageSize, Token: token})
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			if err := turns(ctx, store, s.GetId(), func(turn *flowdeskv1.Turn) {
				for _, t := range ledger.Tokens(turn.GetEvent().GetMessage().GetText()) {
					handled[t] = turn.GetNow().AsTime()
				}
			}); err != nil {
				return nil, err
			}
		}
		if token = next; next == "" {
			return handled, nil
		}
	}
}

// turns gives every turn of a session in order.
func turns(ctx context.Context, store storage.Store, session string, each func(*flowdeskv1.Turn)) error {
	for version := int64(0); ; {
		list, err := store.ListTurns(ctx, session, version, 1000)
		if err != nil {
			return err
		}
		for _, data := range list {
			turn := &flowdeskv1.Turn{}
			if err := proto.Unmarshal(data, turn); err != nil {
				return err
			}
			each(turn)
			version++
		}
		if len(list) < 1000 {
			return nil
		}
	}
}
