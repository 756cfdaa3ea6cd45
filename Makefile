# `make` lists the targets. A target is a line or three; logic lives in Go.

.DEFAULT_GOAL := help

.PHONY: help build demo test e2e e2e-all crash lab lab-env lab-down lint lint-fast lint-darwin bench bench-idle compare compare-tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { gsub(/[$$]+/, "$$"); printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What the lab's environment is, where there is a lab: tests without one skip, and are counted.
LAB := eval "$$($(MAKE) -s lab-env 2>/dev/null)";

PREPARE := orchestrate/volumeprep/bin/prepare-linux

build: ## build hostwright and hostwrightd into bin/, the stand-in into bin/standin/
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -ldflags='-s -w' -o $(PREPARE)-arm64 ./orchestrate/volumeprep/helper
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -ldflags='-s -w' -o $(PREPARE)-amd64 ./orchestrate/volumeprep/helper
	go build -trimpath -o bin/ ./cmd/hostwright ./cmd/hostwrightd
	test "$$(go env GOOS)" != linux || go build -o bin/standin/container ./e2e/container

demo: build ## run the guestbook example, from nothing to a page and back
	./docs/examples/demo.sh

test: build ## run the tests; the end-to-end part needs the lab
	$(LAB) go tool gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg --rerun-fails=2 --packages=./... -- -race -shuffle=on -timeout=40m

e2e: build ## run the end-to-end tests on the lab
	$(LAB) HOSTWRIGHT_E2E=required go test -count=1 -timeout=40m ./e2e/...

crash: build ## disturb every runtime call of every operation: kill, fail, cancel, on both runtimes
	$(LAB) HOSTWRIGHT_E2E=required HOSTWRIGHT_CRASH=all go test -count=1 -timeout=90m -parallel=4 -v -run='^TestCrash$$' ./e2e
	HOSTWRIGHT_CRASH=all go test -count=1 -timeout=30m -v -run='^TestEveryCallMayFail' ./orchestrate/daemon

e2e-all: build ## run the end-to-end tests with all that the ordinary run leaves out, without and then through hostwrightd
	$(LAB) HOSTWRIGHT_E2E=required HOSTWRIGHT_E2E_ALL=1 go test -count=1 -timeout=60m ./e2e/...
	$(LAB) HOSTWRIGHT_E2E=required HOSTWRIGHT_E2E_ALL=1 HOSTWRIGHT_E2E_DAEMON=on go test -count=1 -timeout=60m -skip=TestCrash ./e2e

lab: ## bring up the engine, registries and images that end-to-end tests run on (Debian 12, root)
	go run ./e2e/lab up

lab-env: ## print shell lines that use the lab: eval "$$(make -s lab-env)"
	@go run ./e2e/lab env

lab-down: ## remove the lab
	go run ./e2e/lab down

compare-tools: bin/docker-compose ## build the Docker Compose to compare with into bin/

compare: build compare-tools ## run a hundred projects under Docker Compose and under ours; writes docs/comparison.md
	go run ./e2e/comparison -write docs/comparison.md

bin/docker-compose: e2e/compare/go.mod e2e/compare/go.sum
	cd e2e/compare && go build -ldflags "-X github.com/docker/compose/v5/internal.Version=$$(go list -m -f '{{.Version}}' github.com/docker/compose/v5)" -o ../../$@ github.com/docker/compose/v5/cmd

lint: lint-fast ## gofmt, go vet, staticcheck
	go tool staticcheck ./...

lint-fast: # gofmt and go vet: quick to fail
	test -z "$$(gofmt -l .)" || { gofmt -l . >&2; exit 1; }
	go vet ./...

lint-darwin: # what a Mac would build: build, vet and staticcheck, tests included
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go vet ./...
	go build -o bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 bin/staticcheck ./...

bench: build ## run the benchmarks: the planner, and commands beside Docker Compose
	$(LAB) go test -run='^$$' -bench=. -benchtime=3x ./orchestrate/plan ./e2e

bench-idle: build ## measure what 1, 10 and 50 idle containers cost (five minutes)
	$(LAB) HOSTWRIGHT_E2E=required HOSTWRIGHT_BENCH_IDLE=1 go test -count=1 -v -timeout=30m -run='^TestIdleCost$$' ./e2e
