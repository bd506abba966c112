# The checks of this repository. What they need is installed in .tools/, in pinned versions.

GOLANGCI_LINT := v2.15.0
GOVULNCHECK   := v1.9.0
ACTIONLINT    := v1.7.12
CYCLONEDX     := v1.10.0

SHELL := bash
tools := $(CURDIR)/.tools
peers := test/peers

# One stamp per tool, named after the checksum of its pins: a tool is installed
# again when they change, and only then.
stamp   = $(tools)/stamp/$(1)-$(firstword $(shell cat $(2) | cksum))
stamped = @mkdir -p $(tools)/stamp && rm -f $(tools)/stamp/$(1)-* && touch $@

npm       := $(call stamp,npm,$(wildcard $(peers)/npm/package*.json))
dynamodb  := $(call stamp,dynamodb,$(wildcard $(peers)/dynamodb/*))
sam       := $(call stamp,sam,$(peers)/python/sam.txt)
ministack := $(call stamp,ministack,$(peers)/python/ministack.txt)
awscli    := $(call stamp,awscli,$(peers)/python/awscli.txt)
checkov   := $(call stamp,checkov,$(peers)/python/checkov.txt)
schema    := $(call stamp,schemathesis,$(peers)/python/schemathesis.txt)
express   := $(call stamp,express,$(wildcard examples/shop-express/package*.json))
flask     := $(call stamp,flask,examples/shop-flask/requirements.txt)
lint      := $(tools)/stamp/lint-$(GOLANGCI_LINT)
vuln      := $(tools)/stamp/vuln-$(GOVULNCHECK)
actions   := $(tools)/stamp/actions-$(ACTIONLINT)
sbom      := $(tools)/stamp/sbom-$(CYCLONEDX)

.PHONY: help
help: ## List the targets (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: format vet unit ## Run what needs only Go, in under two minutes
	@echo "make check: every check passed"

.PHONY: test
test: ## Run every check; first install what the tests need, in .tools/
	@make/test.sh "$(MAKE)" system tools format tidy vet lint race plain vuln

.PHONY: format
format: ## Check the formatting of Go files
	@unformatted=$$(git ls-files -z '*.go' | xargs -0 gofmt -l) && \
	if [ -n "$$unformatted" ]; then printf 'run gofmt -w on:\n%s\n' "$$unformatted"; exit 1; fi

.PHONY: tidy
tidy: ## Check that go.mod and go.sum are tidy
	go mod tidy -diff

.PHONY: vet
vet: ## Run go vet, with and without the tests that need tools
	go vet ./...
	go vet -tags tools ./...
	cd bench && go vet ./...

.PHONY: unit
unit: ## Run the tests that need only Go
	go test -p 4 ./... # most of them wait

# Packages whose work is done by other programs, simulations, those that try one input
# after the other, and test/faults, whose callers at once test/model has under the race
# detector, too; and tests of many command lines, each of which others run.
plain      := ./internal/privatekey ./test/deployment ./test/docs ./test/faults ./test/inputs ./test/serve ./test/shops ./test/simulate ./test/template
plaintests := ^(TestNoCommandShowsASecret|TestTheProgramShowsNoSecret|TestAMisspelt|TestEachHelpHas|TestEachErrorEndsWith)

# make vet has vetted them.
gotest := go test -count=1 -timeout 20m -vet=off -tags tools

.PHONY: race
race: tools ## Run the tests with the race detector, and with the installed tools
	$(gotest) -race -skip '$(plaintests)' $$(go list -tags tools ./... | grep -vxF "$$(go list -tags tools $(plain))")

.PHONY: plain
plain: tools ## Run the tests where the race detector sees nothing: those that start other programs, and simulations
	$(gotest) ./cmd/opgrants -run '$(plaintests)'
	$(gotest) $(plain)

FUZZTIME ?= 30s

.PHONY: simulate
simulate: tools ## Keep 10,000,000 grants for 60 days on a moved clock, and 100,000 in DynamoDB Local; about half an hour
	SIMULATE_GRANTS=10000000 go test ./test/simulate -count 1 -v -timeout 2h -run 'TestNoConsentIsLost|TestOneDeadHost|TestAnIdleStack'
	SIMULATE_REAL_GRANTS=100000 go test -tags tools ./test/simulate -count 1 -v -timeout 3h -run 'TestRealGrantsAreKeptInDynamoDB'

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (default 30s), one after the other
	@make/fuzz.sh $(FUZZTIME)

.PHONY: faults
faults: $(dynamodb) ## Let each call go wrong in each way, over both stores (about a quarter of an hour)
	@make/faults.sh

.PHONY: bench
bench: bench/node/node_modules/.package-lock.json ## Measure the functions beside the same in Node, and serve; about ten minutes
	cd bench && go run . $(BENCH)

bench/node/node_modules/.package-lock.json: bench/node/package-lock.json bench/node/package.json
	cd bench/node && npm ci --loglevel=error
	@touch $@

.PHONY: lint
lint: $(lint) $(actions) ## Run golangci-lint, and actionlint on the workflows
	$(tools)/bin/golangci-lint run
	$(tools)/bin/actionlint

.PHONY: vuln
vuln: $(vuln) ## Run govulncheck, if its database can be reached
	@make/vuln.sh $(tools)/bin/govulncheck

# Without the v of the tag.
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --always --dirty))

.PHONY: release
release: $(sbom) ## Make a release of VERSION (default: of the git tag) in dist/
	go run ./make/release -version $(VERSION) -out dist/opgrants-$(VERSION) -sbom $(tools)/bin/cyclonedx-gomod

.PHONY: tools
tools: system $(npm) $(express) $(flask) $(dynamodb) $(sam) $(ministack) $(awscli) $(checkov) $(schema) $(lint) $(actions) $(sbom) $(vuln) ## Install what the tests need in .tools/

.PHONY: system
system:
	@make/system.sh

.PHONY: local
local: $(dynamodb) $(sam) $(ministack) ## Run the functions in containers, and a shop to try them in
	go build -o bin/ ./cmd/opgrants ./make/local
	@exec bin/local

.PHONY: pictures
pictures: $(npm) ## Take the picture of README.md again, with Chromium
	go test -tags tools ./cmd/opgrants/internal/demo -count 1 -run TestTheDemoInARealBrowser -update

.PHONY: clean
clean: ## Remove what was built and installed here
	rm -rf .tools .aws-sam bin dist bench/.work bench/node/node_modules

$(npm): | system
	rm -rf $(tools)/npm && mkdir -p $(tools)/npm
	cp $(peers)/npm/package.json $(peers)/npm/package-lock.json $(peers)/npm/.npmrc $(tools)/npm/
	cd $(tools)/npm && npm ci --loglevel=error
	$(call stamped,npm)

$(express): | system
	rm -rf $(tools)/express && mkdir -p $(tools)/express
	cp examples/shop-express/package.json examples/shop-express/package-lock.json examples/shop-express/.npmrc $(tools)/express/
	cd $(tools)/express && npm ci --loglevel=error
	$(call stamped,express)

$(flask): | system
	rm -rf $(tools)/flask && python3 -m venv $(tools)/flask
	$(tools)/flask/bin/pip install -q --no-deps -r examples/shop-flask/requirements.txt
	$(call stamped,flask)

$(dynamodb): | system
	rm -rf $(tools)/dynamodb && mkdir -p $(tools)/dynamodb
	mvn -B -q -f $(peers)/dynamodb/pom.xml dependency:copy-dependencies -DoutputDirectory=$(tools)/dynamodb/lib
	javac -cp '$(tools)/dynamodb/lib/*' -d $(tools)/dynamodb $(peers)/dynamodb/Loopback.java
	$(call stamped,dynamodb)

$(sam): | system
	rm -rf $(tools)/sam && python3 -m venv $(tools)/sam
	$(tools)/sam/bin/pip install -q --no-deps -r $(peers)/python/sam.txt
	$(call stamped,sam)

$(ministack): | system
	rm -rf $(tools)/ministack && python3 -m venv $(tools)/ministack
	$(tools)/ministack/bin/pip install -q --no-deps -r $(peers)/python/ministack.txt
	$(call stamped,ministack)

$(awscli): | system
	rm -rf $(tools)/awscli && python3 -m venv $(tools)/awscli
	$(tools)/awscli/bin/pip install -q --no-deps -r $(peers)/python/awscli.txt
	$(call stamped,awscli)

$(checkov): | system
	rm -rf $(tools)/checkov && python3 -m venv $(tools)/checkov
	$(tools)/checkov/bin/pip install -q --no-deps -r $(peers)/python/checkov.txt
	$(call stamped,checkov)

$(schema): | system
	rm -rf $(tools)/schemathesis && python3 -m venv $(tools)/schemathesis
	$(tools)/schemathesis/bin/pip install -q --no-deps -r $(peers)/python/schemathesis.txt
	$(call stamped,schemathesis)

$(lint): | system
	GOBIN=$(tools)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	$(call stamped,lint)

$(actions): | system
	GOBIN=$(tools)/bin go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)
	$(call stamped,actions)

$(sbom): | system
	GOBIN=$(tools)/bin go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)
	$(call stamped,sbom)

$(vuln): | system
	GOBIN=$(tools)/bin go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)
	$(call stamped,vuln)

-include make/sam.mk
