# Every target works with Go and Node alone: the other tools are pinned modules, built on first use into .cache/bin.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules
.DEFAULT_GOAL := help

BIN := .cache/bin
BUF := $(BIN)/buf

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

## --- generated code

# A tool is rebuilt when its pin moves; the Go build cache makes that cheap when nothing changed.
$(BUF): internal/tools/go.mod internal/tools/go.sum
	@mkdir -p $(BIN)
	echo "building buf (about a minute the first time)"
	go build -C internal/tools -o ../../$@ github.com/bufbuild/buf/cmd/buf

# The imports of our protos, printed from the pinned modules.
third_party/.stamp: internal/tools/go.mod internal/tools/protodeps/main.go
	go run -C internal/tools ./protodeps "$(CURDIR)/third_party"
	touch $@

.PHONY: generate
generate: $(BUF) third_party/.stamp ## Generate gen/ from proto/
	$(BUF) generate

.PHONY: check-generate
check-generate: generate ## Fail when gen/ is not what proto/ says
	@git diff --exit-code --stat -- gen || { echo "gen/ is stale: run make generate and commit the result" >&2; exit 1; }
	untracked=$$(git ls-files --others --exclude-standard -- gen)
	[ -z "$$untracked" ] || { printf 'generated but not committed:\n%s\n' "$$untracked" >&2; exit 1; }
