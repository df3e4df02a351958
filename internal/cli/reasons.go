package cli

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// explanation is what a reason means, and what to do about it.
type explanation struct{ what, remedy string }

// reasons explain every reason of the API. A test names those that are missing.
var reasons = map[flowdeskv1.ErrorReason]explanation{
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD:        {"a value is missing or wrong", "correct the fields named above"},
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_PAGE_TOKEN:   {"the page token is not one of this list", "list from the beginning, with the same filters on every page"},
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_RESUME_TOKEN: {"the resume token is not one of this watch", "watch without a token"},
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD_MASK:   {"the field mask names a field that cannot be changed", "name fields that exist and can be changed; flowdesk api SERVICE.METHOD --describe lists them"},
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW:         {"the flow has errors", "mend what is listed above; flowdesk flow validate FILE gives lines and columns"},
	flowdeskv1.ErrorReason_ERROR_REASON_INVALID_JSON:         {"the body is no JSON of the request", "compare with flowdesk api SERVICE.METHOD --skeleton"},
	flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND:            {"there is nothing of this name", "look for the name with the list command of the same noun"},
	flowdeskv1.ErrorReason_ERROR_REASON_NO_SUCH_METHOD:       {"the server does not know this method", "server and command line differ in age: upgrade the older one"},
	flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_EXISTS:       {"there is something of this name already", "choose another id, or change what is there"},
	flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH:        {"somebody changed it since it was read", "read it again, and decide anew"},
	flowdeskv1.ErrorReason_ERROR_REASON_REVISION_MISMATCH:    {"somebody saved the draft since it was read", "compare with flowdesk flow diff, and apply again"},
	flowdeskv1.ErrorReason_ERROR_REASON_CONCURRENT_CHANGE:    {"it changed while the request ran", "run the same command again"},
	flowdeskv1.ErrorReason_ERROR_REASON_WATCH_LAGGED:         {"the watch was too slow for what happened", "watch again"},
	flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED: {"the resume token is older than what is kept", "list again, and watch from there"},
	flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED:        {"the flow has no such version", "flowdesk flow versions FLOW shows what there is; flowdesk flow publish FLOW makes one"},
	flowdeskv1.ErrorReason_ERROR_REASON_FLOW_ACTIVE:          {"the flow is active", "deactivate it first: flowdesk flow deactivate FLOW"},
	flowdeskv1.ErrorReason_ERROR_REASON_FLOW_INACTIVE:        {"the flow has no active version", "activate one: flowdesk flow activate FLOW"},
	flowdeskv1.ErrorReason_ERROR_REASON_BREAKS_FLOWS:         {"the change would break active flows", "mend the flows listed above first"},
	flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE:          {"its state does not allow this", "look at its state with the show command of the same noun"},
	flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT:         {"the command has left already", "withdraw what was said, or say something further"},
	flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN:      {"it is not known whether it was said", "look at the phone, then settle it: flowdesk command done ID --reason TEXT"},
	flowdeskv1.ErrorReason_ERROR_REASON_IN_USE:               {"something still uses it", "end what uses it first"},
	flowdeskv1.ErrorReason_ERROR_REASON_NO_ROBOT:             {"no robot can do this now", "flowdesk robot list shows which robots are there and why they cannot"},
	flowdeskv1.ErrorReason_ERROR_REASON_MERGED:               {"the group was merged into another", "use the group named above"},
	flowdeskv1.ErrorReason_ERROR_REASON_QUARANTINED:          {"the event failed the same way too often and was put aside", "an engineer should look at the server's log"},
	flowdeskv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED:    {"the request id was used by a different request", "use a new request id"},
	flowdeskv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED:      {"the server does not know who you are", "give a token: FLOWDESK_TOKEN, or flowdesk profile set NAME --token-file FILE"},
	flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED:    {"you may not do this", "ask an administrator for the role, or use a token with this scope"},
	flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED:         {"too many requests", "wait a moment, then try again"},
	flowdeskv1.ErrorReason_ERROR_REASON_TOO_LARGE:            {"the request is larger than 8 MiB", "send less at once"},
	flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE:  {"the server's storage does not answer", "try again; flowdesk doctor on the server says more"},
	flowdeskv1.ErrorReason_ERROR_REASON_UPSTREAM_UNAVAILABLE: {"an outside system does not answer", "try again; flowdesk robot ping and flowdesk doctor say more"},
	flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN:        {"the server is stopping or not ready", "try again in a moment"},
	flowdeskv1.ErrorReason_ERROR_REASON_DEADLINE:             {"the answer did not come in time", "look whether it was done before you repeat it; --timeout gives it longer"},
	flowdeskv1.ErrorReason_ERROR_REASON_CANCELLED:            {"the request was cancelled", "run the command again if you want it done"},
	flowdeskv1.ErrorReason_ERROR_REASON_NOT_OFFERED:          {"this server does not offer it", "see the server's configuration and version"},
	flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL:             {"the server made a mistake", "the request id below finds the cause in the server's log"},
	flowdeskv1.ErrorReason_ERROR_REASON_CORRUPT:              {"stored data cannot be read", "an engineer should look at the server's log and the last backup"},
	flowdeskv1.ErrorReason_ERROR_REASON_COMMIT_UNKNOWN:       {"it is not known whether the change was stored", "read it before you repeat the command"},
}
