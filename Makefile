# make test is what CI runs. It installs the tools it needs into ./bin.

GOLANGCI_LINT_VERSION := v2.15.0
GOFUMPT_VERSION       := v0.12.0

BIN     := $(CURDIR)/bin
# Every module on its own: the workspace is for `go run ./examples/...` only.
export GOWORK := off
# Modules whose dependencies the library's users do not inherit.
NESTED  := $(patsubst %/go.mod,%,$(wildcard */go.mod contrib/*/go.mod))
MODULES := . $(NESTED)
# Runs of each fuzz target. A count, not a time: at the end of a time the fuzzer may
# report its own deadline as a failure.
FUZZRUNS ?= 10000
SOAKTIME ?= 2m

.PHONY: test
test: check race fuzz examples ## everything that CI checks

.PHONY: check
check: format tidy vet lint ## formatting, go.mod, vet, lint

.PHONY: quick
quick: ## the library's tests, without the race detector
	go test ./...

POSTHOG_JS := examples/chat/testdata/node_modules
NODE_SERVICES := collector/cmd/otelcol-posthog/testdata/node/node_modules

.PHONY: race
race: $(POSTHOG_JS) $(NODE_SERVICES) inspector ## all tests of all modules, under the race detector
	@set -e; for m in $(MODULES); do echo "test $$m"; (cd $$m && go test -race -shuffle=on -timeout 20m ./...); done

.PHONY: fuzz
fuzz: ## each fuzz target, briefly
	@set -e; for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' . ); do \
		for name in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$f | cut -d' ' -f2); do \
			echo "fuzz $$name"; (cd $$(dirname $$f) && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZRUNS)x -fuzzminimizetime 100x . > $(BIN)/fuzz.log 2>&1 || (cat $(BIN)/fuzz.log; exit 1)); \
		done; done

.PHONY: examples
examples: ## the examples play one request and check themselves
	@set -e; cd examples; for e in chat hops; do [ ! -d $$e ] || (echo "run $$e" && go run ./$$e -once > $(BIN)/$$e.jsonl); done

.PHONY: soak
soak: ## many producers, random faults, a restart: is every event accounted for?
	SOAK=$(SOAKTIME) go test -run Soak -count 1 -timeout 30m -v ./exporter

.PHONY: attack
attack: ## the whole ledger of faults, odd spans and lifecycles, under the race detector
	ATTACK=1 SOAK=$(SOAKTIME) go test -race -count 1 -timeout 15m -run 'Attack|Soak' ./exporter
	PII_RUNS=20000 go test -run RedactAnything ./exporter/internal/pii

.PHONY: bench
bench: ## the comparisons with other exporters, printed as ratios
	cd bench && go build -o $(BIN)/bench . && for c in export delivery stamp inject privacy; do $(BIN)/bench $$c; done

.PHONY: format
format: $(BIN)/gofumpt
	@out=$$(git ls-files -co --exclude-standard '*.go' | xargs $(BIN)/gofumpt -l); [ -z "$$out" ] || (echo "not gofumpt-ed:"; echo "$$out"; exit 1)

.PHONY: fix
fix: $(BIN)/gofumpt ## format and tidy
	git ls-files -co --exclude-standard '*.go' | xargs $(BIN)/gofumpt -w
	for m in $(MODULES); do (cd $$m && go mod tidy); done

.PHONY: tidy
tidy:
	@set -e; for m in $(MODULES); do (cd $$m && go mod tidy -diff); done

.PHONY: vet
vet:
	@set -e; for m in $(MODULES); do (cd $$m && go vet ./...); done

.PHONY: lint
lint: $(BIN)/golangci-lint
	@set -e; for m in $(MODULES); do (cd $$m && $(BIN)/golangci-lint run --config $(CURDIR)/.golangci.yml ./...); done

.PHONY: api
api: ## write the API snapshot anew
	go test -run TestAPI . -update

.PHONY: inspector
inspector: ## the replay player and posthog-js, from npm
	@cd inspector && go generate ./internal/assets > $(BIN)/assets.log 2>&1 || echo "no replay player (bin/assets.log says why): the tests with it are skipped"

.PHONY: e2e
e2e: inspector $(POSTHOG_JS) ## the tests in a browser
	cd inspector && go test ./server
	cd examples && go test ./chat

# The tests in a browser are skipped without them, and without Chromium.
$(POSTHOG_JS) $(NODE_SERVICES): %/node_modules: %/package-lock.json
	@cd $(@D) && npm ci --ignore-scripts --silent && touch $(@F) || echo "no packages from npm in $(@D): the tests with them are skipped"

$(BIN)/gofumpt:
	GOBIN=$(BIN) go install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(BIN)/golangci-lint:
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
