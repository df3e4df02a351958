//go:build !faults

package failpoint

import "net/http"

// Enabled reports whether this build has failpoints.
const Enabled = false

// Hit passes a failpoint. This build has none: it does nothing, and costs nothing.
func Hit(Name) error { return nil }

// Over gives the error of an operation, or else that of the failpoint behind it. This build has none.
func Over(err error, _ Name, _ error) error { return err }

// Before gives the error of a failpoint. This build has none.
func Before(Name, error) error { return nil }

// Answered gives the answer to a request, or the error of the failpoint behind it. This build has none.
func Answered(Name) func(*http.Response, error) (*http.Response, error) { return pass }

func pass(resp *http.Response, err error) (*http.Response, error) { return resp, err }
