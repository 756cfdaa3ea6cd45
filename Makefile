# `make` lists the targets. A target is a line or three; logic lives in Go.

.DEFAULT_GOAL := help

.PHONY: help build demo test e2e lab lab-env lab-down lint bench compare-tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { gsub(/[$$]+/, "$$"); printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build hostwright and hostwrightd into bin/, the stand-in into bin/standin/
	@echo "make build: nothing to build yet" >&2; exit 1

demo: ## run the guestbook example, from nothing to a page and back
	@echo "make demo: no example to run yet" >&2; exit 1

test: ## run the tests
	go test -race -shuffle=on ./...

e2e: ## run the end-to-end tests on the lab
	HOSTWRIGHT_E2E=required go test -count=1 ./e2e/...

lab: ## bring up the engine, registries and images that end-to-end tests run on (Debian 12, root)
	go run ./e2e/lab up

lab-env: ## print shell lines that use the lab: eval "$$(make -s lab-env)"
	@go run ./e2e/lab env

lab-down: ## remove the lab
	go run ./e2e/lab down

compare-tools: bin/docker-compose ## build the Docker Compose to compare with into bin/

bin/docker-compose: e2e/compare/go.mod e2e/compare/go.sum
	cd e2e/compare && go build -o ../../$@ github.com/docker/compose/v5/cmd

lint: ## gofmt, go vet, staticcheck
	test -z "$$(gofmt -l .)"
	go vet ./...
	go tool staticcheck ./...

bench: ## run the benchmarks
	go test -run='^$$' -bench=. ./...
