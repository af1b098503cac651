# Ringdex: everything a developer runs. `make help` lists the targets.

GO       ?= go
T        ?= 30s
N        ?= 100000
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)

# Tools, pinned here and nowhere else.
GOLANGCI := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT  := $(GO) run mvdan.cc/gofumpt@v0.12.0

.DEFAULT_GOAL := help
.PHONY: help tools demo run build test race lint fmt fuzz bench peers bench-peers

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## the main job on sample data: two directories, presence, calls
	./bin/ringdex demo

run: build ## serve from ./data on 127.0.0.1:8080
	./bin/ringdex serve

build: ## compile ./bin/ringdex
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ringdex ./cmd/ringdex

tools: peers ## what tests need beside Go: a Chromium and the peers, from Debian where they are missing
	@for b in "$$RINGDEX_CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v "$$b" >/dev/null 2>&1 && exit 0; done; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends chromium

test: tools ## all tests
	$(GO) test -timeout 30m ./...

race: tools ## all tests under the race detector
	$(GO) test -race -timeout 40m ./...

lint: ## formatting, module file, vet and linters
	$(GO) mod tidy -diff
	@test -z "$$($(GOFUMPT) -l .)" || { echo 'not formatted, run make fmt:'; $(GOFUMPT) -l .; exit 1; }
	$(GOLANGCI) run ./...

fmt: ## format the sources
	$(GOFUMPT) -l -w .

fuzz: ## every fuzz target for T each (T=30s)
	@set -e; for pkg in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$pkg/*_test.go | cut -c6-); do \
	    echo "$$pkg $$f"; $(GO) test $$pkg -run '^$$' -fuzz "^$$f\$$" -fuzztime $(T); \
	  done; done

bench: ## micro benchmarks of every package
	$(GO) test -run '^$$' -bench . -benchmem ./...

peers: ## the servers that bench-peers starts, from Debian where they are missing
	./bench/peers/install

bench-peers: peers ## Redis, PostgreSQL, OpenLDAP, SQLite, Bleve and Ringdex beside each other (N=100000 contacts)
	$(GO) run ./bench/peers/compare -contacts $(N) -results bench/results
