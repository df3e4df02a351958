# Every target needs Go and Node (and a C compiler for the race detector): the other tools are pinned modules and
# packages, built or fetched on first use into .cache/bin and web/node_modules.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
CHROMIUM ?=
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

BIN := .cache/bin
BUF := $(BIN)/buf
GOLANGCI := $(BIN)/golangci-lint

# Packages tested at a time, and the longest a package may take.
P ?= 2
TIMEOUT ?= 20m
# More flags for go test: make test TESTFLAGS="-run Turn -v"
TESTFLAGS ?=
# Time for each fuzz target, and for each benchmark.
FUZZTIME ?= 10s
BENCHTIME ?= 1s
# Restricts the benchmarks: make bench BENCH=Turn
BENCH ?= .
# Restricts the tests under fault: make fault PROMISE=TestKilledUnderLoad/sqlite
PROMISE ?= .
# What `make breaking` compares with: by default the main branch, where there is one.
BASE ?= $(shell git rev-parse -q --verify --abbrev-ref origin/main || git rev-parse -q --verify --abbrev-ref main)
# Arguments for `make run`: make run ARGS="--http :9000"
ARGS ?=
IMAGE ?= flowdesk

# The race detector needs cgo. Without a C compiler the tests run without it, and say so.
RACE := $(if $(shell command -v $$(go env CC)),-race,)

# The browser for the console's tests.
BROWSER := $(or $(CHROMIUM),$(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name)))))

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- tools

# A tool is rebuilt when its pin moves; the Go build cache makes that cheap when nothing changed.
$(BUF): internal/tools/go.mod internal/tools/go.sum
	@echo "building buf (once, about a minute)"
	go build -C internal/tools -o "$(CURDIR)/$@" github.com/bufbuild/buf/cmd/buf
	touch $@

$(GOLANGCI): internal/tools/lint/go.mod internal/tools/lint/go.sum
	@echo "building golangci-lint (once, about a minute)"
	go build -C internal/tools/lint -o "$(CURDIR)/$@" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	touch $@

# The imports of our protos, printed from the pinned modules.
third_party/.stamp: internal/tools/go.mod internal/tools/protodeps/main.go
	go run -C internal/tools ./protodeps "$(CURDIR)/third_party"
	touch $@

# The packages of the console.
NODE_MODULES := web/node_modules/.stamp
$(NODE_MODULES): web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund --loglevel=error
	touch $@

# The console, built again when a source of it changed.
CONSOLE := web/assets/console/index.html
CONSOLE_SOURCES := $(shell find web/src web/public gen/ts -type f) web/index.html web/vite.config.ts web/tsconfig.json
$(CONSOLE): $(NODE_MODULES) $(CONSOLE_SOURCES)
	npm --prefix web run --silent bundle
	touch $@

# --- code

.PHONY: generate
generate: $(BUF) $(NODE_MODULES) third_party/.stamp ## Generate gen/ from proto/
	$(BUF) generate

.PHONY: check-generate
check-generate: generate docs ## Fail when gen/ and the generated docs are not what proto/ and internal/cli say
	@git diff --exit-code --stat -- gen docs/nodes.md docs/cli.md docs/cli.zh-CN.md || { echo "stale: run make generate docs and commit the result" >&2; exit 1; }
	untracked=$$(git ls-files --others --exclude-standard -- gen)
	[ -z "$$untracked" ] || { printf 'generated but not committed:\n%s\n' "$$untracked" >&2; exit 1; }

.PHONY: build
build: $(CONSOLE) ## Build bin/flowdesk with the console in it
	go build -trimpath -o bin/flowdesk ./cmd/flowdesk

.PHONY: run
run: build ## Run everything in one process: server, SQLite, robot stand-in, console
	bin/flowdesk dev $(ARGS)

.PHONY: fmt
fmt: $(BUF) $(GOLANGCI) third_party/.stamp ## Format Go and protos
	$(BUF) format -w proto
	$(GOLANGCI) fmt ./...

.PHONY: docs
docs: $(BUF) third_party/.stamp ## Write docs/nodes.md from the node types, and docs/cli.md from the commands
	$(BUF) build --as-file-descriptor-set -o .cache/descriptors.binpb
	go run ./internal/reference .cache/descriptors.binpb > .cache/nodes.md
	mv .cache/nodes.md docs/nodes.md
	go run ./cmd/flowdesk reference --lang en > .cache/cli.md
	mv .cache/cli.md docs/cli.md
	go run ./cmd/flowdesk reference --lang zh > .cache/cli.zh-CN.md
	mv .cache/cli.zh-CN.md docs/cli.zh-CN.md

# --- checks

.PHONY: test
test: vet check-generate test-web ## Test everything: vet, generated code, the console, Go with races, PostgreSQL and Redis where they are
	$(if $(RACE),,@echo "NO C COMPILER: testing without the race detector" >&2)
	internal/tools/with-services go test $(RACE) -vet=off -p $(P) -timeout $(TIMEOUT) $(TESTFLAGS) ./...
	if [ -n "$(BROWSER)" ]; then
		$(MAKE) e2e
	else
		echo "NO BROWSER: the console was not tested in one; install Chromium, or set CHROMIUM to its path" >&2
	fi

.PHONY: test-short
test-short: ## Test quickly: no services, no race detector, nothing slow
	go test -short -timeout $(TIMEOUT) ./...

.PHONY: test-web
test-web: $(NODE_MODULES) ## Test the console: types, unit tests
	cd web
	npx --no-install tsc --noEmit
	npx --no-install vitest run

.PHONY: e2e
e2e: build ## Test the built program in a real browser (Chromium)
	cd web
	CHROMIUM="$(BROWSER)" npx --no-install vitest run --config vitest.e2e.config.ts

.PHONY: pictures
pictures: build ## Take the pictures of README and guide into docs/pictures (Chromium)
	cd web
	DOC_PICTURES="$(CURDIR)/docs/pictures" CHROMIUM="$(BROWSER)" npx --no-install vitest run --config vitest.e2e.config.ts e2e/pictures.test.ts

.PHONY: bench-editor
bench-editor: build ## Measure the editor with 300 nodes in a real browser: frames, script time, keystrokes
	cd web
	CHROMIUM="$(BROWSER)" npx --no-install vitest run --config vitest.perf.config.ts

.PHONY: vet
vet: ## Run go vet
	go vet ./...

.PHONY: lint
lint: $(BUF) $(GOLANGCI) $(NODE_MODULES) third_party/.stamp ## Lint Go and protos
	$(BUF) lint
	$(BUF) format --diff --exit-code proto
	$(GOLANGCI) run --allow-serial-runners ./...
	npm --prefix web run --silent lint
	cd internal/tools && "$(CURDIR)/$(GOLANGCI)" run --allow-serial-runners --config "$(CURDIR)/.golangci.yml" ./...

# third_party is not in git, so the base is unpacked beside a copy of it. A branch is compared with the commit where
# it left the base: what main gained since then is not a deletion here.
.PHONY: breaking
breaking: $(BUF) third_party/.stamp ## Fail when proto/ breaks users of BASE (default: the main branch)
	@base="$(BASE)"
	[ -z "$$base" ] || base=$$(git merge-base "$$base" HEAD || git rev-parse "$$base")
	if [ -z "$$base" ] || ! git cat-file -e "$$base:proto" || ! git cat-file -e "$$base:buf.yaml"; then
		echo "no base with protos to compare with"
		exit 0
	fi 2>/dev/null
	rm -rf .cache/base
	mkdir -p .cache/base
	git archive "$$base" proto buf.yaml | tar -x -C .cache/base
	cp -r third_party .cache/base/
	$(BUF) breaking --against .cache/base
	echo "protos are compatible with $(BASE) ($$(git rev-parse --short "$$base"))"

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME
	@targets=$$({ grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . || true; })
	while IFS=: read -r file func; do
		[ -n "$$file" ] || continue
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")"
	done <<< "$$targets"

.PHONY: fault
fault: ## Show the promises of docs/reliability.md under fault: the spill's disk, and the set of every change, on a private PostgreSQL too
	go test -tags faults ./internal/fault/failpoint ./internal/spill
	internal/tools/with-services go run ./internal/fault/run -scale change -run '$(PROMISE)'

.PHONY: fault-nightly
fault-nightly: ## The same for hours, and the deliberate breaks
	go test -tags faults ./internal/fault/failpoint ./internal/spill
	internal/tools/with-services go run ./internal/fault/run -scale nightly -run '$(PROMISE)'
	$(MAKE) breaks

.PHONY: breaks
breaks: ## Break the product on purpose, one way after the other, and see that a test falls each time
	internal/tools/with-services go run ./internal/fault/breaks

.PHONY: bench
bench: bench-go bench-system bench-postgres bench-replicas ## Measure the hot paths in Go, the whole system on each database, and 1, 2 and 4 servers

.PHONY: bench-go
bench-go: ## Measure the hot paths in Go, with allocations
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) ./...

.PHONY: bench-system
bench-system: build ## Measure the whole system on SQLite: server, robot stand-in and load on this machine
	bin/flowdesk bench

.PHONY: bench-postgres
bench-postgres: build ## The same on a private PostgreSQL with fsync and synchronous_commit on
	DURABLE=1 internal/tools/with-services bash -c 'bin/flowdesk bench --database "$$PG_URL"'

.PHONY: bench-replicas
bench-replicas: build ## Measure 1, 2 and 4 servers on a private PostgreSQL, and 2 that are killed, stopped and frozen
	DURABLE=1 internal/tools/with-services bash -c '
		for n in 1 2 4; do bin/flowdesk bench --database "$$PG_URL" --replicas $$n --scenario closed; done
		bin/flowdesk bench --database "$$PG_URL" --replicas 2 --scenario kill,stop,freeze'

# --- delivery

.PHONY: image
image: ## Build the container image
	docker build --tag $(IMAGE) .

.PHONY: clean
clean: ## Remove what the other targets made, the tools included
	rm -rf bin dist .cache third_party coverage.out web/node_modules web/assets/console
