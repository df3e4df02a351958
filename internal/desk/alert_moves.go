package desk

import (
	"fmt"
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Short names of the states, for the table below.
const (
	alertNone  = flowdeskv1.AlertState_ALERT_STATE_UNSPECIFIED
	alertOpen  = flowdeskv1.AlertState_ALERT_STATE_OPEN
	alertKnown = flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED
	alertDone  = flowdeskv1.AlertState_ALERT_STATE_RESOLVED
)

// AlertMove is one allowed change of an alert.
type AlertMove struct {
	// Action asked for.
	Action flowdeskv1.AlertAction
	// From are the states in which it is allowed; unspecified is an alert that is not there yet.
	From []flowdeskv1.AlertState
	// To is the state after it; unspecified means that the state stays.
	To flowdeskv1.AlertState
}

// A resolved alert never comes back: the next of its cause is a new one.
var alertMoves = []AlertMove{
	{flowdeskv1.AlertAction_ALERT_ACTION_RAISE, []flowdeskv1.AlertState{alertNone}, alertOpen},
	{flowdeskv1.AlertAction_ALERT_ACTION_JOIN, []flowdeskv1.AlertState{alertOpen, alertKnown}, 0},
	{flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE, []flowdeskv1.AlertState{alertOpen, alertKnown}, 0},
	{flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE, []flowdeskv1.AlertState{alertOpen}, alertKnown},
	{flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN, []flowdeskv1.AlertState{alertOpen, alertKnown}, 0},
	{flowdeskv1.AlertAction_ALERT_ACTION_SILENCE, []flowdeskv1.AlertState{alertOpen, alertKnown}, 0},
	{flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, []flowdeskv1.AlertState{alertOpen, alertKnown}, alertDone},
}

// AlertMoves are all allowed changes of an alert. The caller owns the copy.
func AlertMoves() []AlertMove {
	moves := slices.Clone(alertMoves)
	for i := range moves {
		moves[i].From = slices.Clone(moves[i].From)
	}
	return moves
}

// AlertMoveError says that an action is not allowed in a state, and which are.
type AlertMoveError struct {
	// Action that was asked for.
	Action flowdeskv1.AlertAction
	// State of the alert.
	State flowdeskv1.AlertState
	// Allowed are the actions allowed in the state.
	Allowed []flowdeskv1.AlertAction
}

// Error names the action, the state and the allowed actions.
func (e *AlertMoveError) Error() string {
	names := make([]string, len(e.Allowed))
	for i, a := range e.Allowed {
		names[i] = a.String()
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s is not allowed in %s, which is final", e.Action, e.State)
	}
	return fmt.Sprintf("%s is not allowed in %s: allowed are %s", e.Action, e.State, strings.Join(names, ", "))
}

// MoveAlert is the state after an action. The error is an *AlertMoveError.
func MoveAlert(state flowdeskv1.AlertState, action flowdeskv1.AlertAction) (flowdeskv1.AlertState, error) {
	for _, m := range alertMoves {
		if m.Action == action && slices.Contains(m.From, state) {
			if m.To == alertNone {
				return state, nil
			}
			return m.To, nil
		}
	}
	return state, &AlertMoveError{Action: action, State: state, Allowed: AlertActions(state)}
}

// AlertActions are the actions allowed in a state, in the order of the enum.
func AlertActions(state flowdeskv1.AlertState) []flowdeskv1.AlertAction {
	var actions []flowdeskv1.AlertAction
	for _, m := range alertMoves {
		if slices.Contains(m.From, state) {
			actions = append(actions, m.Action)
		}
	}
	return actions
}

// AlertOpen reports whether an alert is there and not resolved.
func AlertOpen(state flowdeskv1.AlertState) bool { return state == alertOpen || state == alertKnown }
