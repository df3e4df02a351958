// Package promises shows the promises of docs/reliability.md under fault. Its tests need the tag faults:
//
//	go test -tags faults ./internal/fault/promises -run TestKilledUnderLoad -scale nightly
package promises
