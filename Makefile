# Everything runs in .venv of this checkout, made here with plain venv and pip. Nothing lists the Bentos: each
# bentofile.<name>.yaml is one, and each of them with a models/<name>/ is a model.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDEXPANSION:

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 3000
DOCKER ?= docker
# Where wheels lie that were compiled on this machine: one place for every checkout, and for CI.
WHEELS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lingua-nexus/wheels

BENTOS := $(sort $(patsubst bentofile.%.yaml,%,$(wildcard bentofile.*.yaml)))
MODELS := $(foreach bento,$(BENTOS),$(if $(wildcard models/$(bento)/),$(bento)))
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed-
COMMAND := $(BIN)/lingua-nexus

IMAGE_OPTIONS = --engine=$(DOCKER) $(if $(BASE_IMAGE),--base-image=$(BASE_IMAGE)) $(if $(CUDA),--cuda) \
    $(if $(REGISTRY),--registry=$(REGISTRY)) $(if $(VERSION),--version=$(VERSION)) $(DOCKER_ARGS:%=--option=%)

service_of = $(shell sed -n 's/^service: *"*\([^"]*\)"*/\1/p' bentofile.$(1).yaml)
requirements_of = $(shell sed -n 's/.*requirements_txt: *\([^,} ]*\).*/\1/p' bentofile.$(1).yaml)
converter_of = $(if $(wildcard models/$(1)/requirements-convert.txt),$(INSTALLED)convert)
REQUIREMENTS := requirements.txt $(sort $(foreach bento,$(BENTOS),$(call requirements_of,$(bento))))

# Other names of a Bento, wherever a user types one: its bentofile's line "# aliases: ...".
aliases_of = $(shell sed -n 's/^[^a-z] aliases: *//p' bentofile.$(1).yaml)
# Bentos that one starts beside itself: its bentofile's line "# starts: ...".
started_by = $(shell sed -n 's/^[^a-z] starts: *//p' bentofile.$(1).yaml)
VERBS := run build dist docker serve pull test load soak clean

# llama-cpp-python is published as source only: whatever pins it takes the wheel that this machine compiled once.
pip = $(BIN)/python -m pip install --quiet
compile = wheel="$$($(BIN)/python -m models.engines.llamacpp.wheel --cmake-args='$(CMAKE_ARGS)' '$(WHEELS)' $(1))"
taking_wheel = $(compile); $(pip) --find-links "$$wheel" --only-binary llama-cpp-python
pins_llama = $(shell grep -l '^llama-cpp-python==' $(1))
install = $(if $(pins_llama),$(taking_wheel),$(pip)) $(addprefix -r ,$(1))

export BENTOML_DO_NOT_TRACK := True
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint format typecheck soak list

help: ## This list
	@awk -F ' ## ' '/^[a-z]+(\\:%)?:.* ## / {gsub(/\\/, "", $$1); sub(/:([^%].*)?$$/, "", $$1); sub(/%/, "<name>", $$1); printf "  make %-13s %s\n", $$1, $$2}' Makefile
	@echo "Names: $(BENTOS). HOST and PORT move the service; MODEL chooses what run serves and pull fetches."

run: run\:$(or $(MODEL),nllb) ## Serve a model from source on localhost:3000 (MODEL=nllb)

test: lint typecheck $(COMMAND) ## Lint, check types, run every test with the coverage gate
	$(BIN)/coverage erase
	$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

lint: $(INSTALLED)dev ## Ruff's rules and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(INSTALLED)dev ## Rewrite the code as Ruff wants it
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

typecheck: $(INSTALLED)dev ## mypy, strict, tests included
	$(BIN)/mypy

soak: soak\:$(or $(MODEL),nllb) ## Load a model for MINUTES (20), look for leaks (MODEL=nllb)

list: ## The Bentos found, and which are models
	@for bento in $(BENTOS); do \
	    case " $(MODELS) " in *" $$bento "*) kind=model;; *) kind=service;; esac; \
	    printf '%-15s %-8s %s\n' "$$bento" "$$kind" "$$(sed -n 's/^service: *//p' "bentofile.$$bento.yaml" | tr -d '"')"; \
	done

run\:%: $(INSTALLED)% $$(addprefix $(INSTALLED),$$(call started_by,$$*)) $(COMMAND) ## Serve one Bento from source
	exec $(BIN)/bentoml serve $(call service_of,$*) --host $(HOST) --port $(PORT)

build\:%: $(INSTALLED)% $(COMMAND) ## Install what it needs and prove that it loads and translates
	$(BIN)/python -m bentos.check $(call service_of,$*)

dist\:%: $(INSTALLED)% $(BIN)/uv ## Build the Bento into the store and export it to dist/
	mkdir -p dist
	tag=$$($(BIN)/bentoml build -f bentofile.$*.yaml -o tag | sed -n 's/^__tag__://p'); \
	file="dist/$${tag/:/-}.bento"; \
	$(BIN)/bentoml export "$$tag" "$(CURDIR)/$$file"; \
	echo "Built $$tag, exported to $$file"

docker\:%: bentofile.%.yaml ## Build its image (BASE_IMAGE=, CUDA=1, DOCKER=podman, VERSION=)
	$(MAKE) dist:$*
	$(BIN)/python deploy/containers/build.py $* "$$(ls -t dist/$*-*.bento | head -n 1)" $(IMAGE_OPTIONS)

serve\:%: $(INSTALLED)% $$(addprefix $(INSTALLED),$$(call started_by,$$*)) $(COMMAND) ## Serve the newest built Bento; build it where there is none
	for bento in $* $(call started_by,$*); do \
	    $(BIN)/bentoml get $$bento:latest >/dev/null 2>&1 || $(MAKE) dist:$$bento; \
	done
	exec $(BIN)/bentoml serve $*:latest --host $(HOST) --port $(PORT)

pull\:%: $(INSTALLED)% $$(call converter_of,$$*) $(COMMAND) ## Fetch full weights into the store (MODEL=hub/name QUANT=name DRY_RUN=1)
	$(BIN)/python -m bentos.pull $* $(MODEL) $(if $(QUANT),--quantization $(QUANT)) $(if $(DRY_RUN),--dry-run) $(ARGS)

test\:deploy: $(INSTALLED)dev ## What runs in containers; make test is free of them
	$(BIN)/python -m pytest tests/deploy $(ARGS)

test\:%: bentofile.%.yaml $(INSTALLED)dev ## The tests of one Bento
	$(BIN)/python -m pytest $(wildcard tests/models/$* tests/bentos/test_$*.py tests/models/test_contract.py) $(ARGS)

load\:%: bentofile.%.yaml $(INSTALLED)dev ## Serve it and put it under load; fails over its thresholds
	$(BIN)/python -m load_tests $(call service_of,$*) $(ARGS)

soak\:%: bentofile.%.yaml $(INSTALLED)dev ## Load it for MINUTES (20); fails where memory or descriptors grow
	$(BIN)/python -m load_tests.soak $(call service_of,$*) --minutes $(or $(MINUTES),20) $(ARGS)

bench\:%: load_tests/benchmarks/%.py $(INSTALLED)dev ## Measure it beside the engines it is compared with
	$(BIN)/python -m load_tests.benchmarks.$* $(ARGS)

clean\:%: bentofile.%.yaml ## Delete what dist made of it: dist/ and the store's Bentos, not pulled weights
	rm -f dist/$*-*.bento
	if [ -x $(BIN)/bentoml ] && $(BIN)/bentoml get $*:latest >/dev/null 2>&1; then $(BIN)/bentoml delete $* --yes; fi

new\:%: ## Begin a model: its package, service, bentofile and tests
	@$(PYTHON) -m models.template.new '$*'

# What each of those stands on.

define alias
$(foreach verb,$(VERBS) bench,$(verb)\:$(1)): %\:$(1): %\:$(2) ;
endef
$(foreach bento,$(BENTOS),$(foreach name,$(call aliases_of,$(bento)),$(eval $(call alias,$(name),$(bento)))))

bench\:%:
	@echo "There is no load_tests/benchmarks/$*.py."; exit 2

$(VERBS:%=%\:%):
	@echo "There is no bentofile.$*.yaml. Names: $(BENTOS)"; exit 2

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED)dev: requirements-dev.txt requirements-convert.txt $(REQUIREMENTS) | $(BIN)/python
	$(call install,$(filter-out requirements-convert.txt,$^))
	touch $@ $(addprefix $(INSTALLED),convert $(BENTOS))

$(INSTALLED)convert: requirements.txt requirements-convert.txt | $(BIN)/python
	$(call install,$^)
	touch $@

$(addprefix $(INSTALLED),$(BENTOS)): $(INSTALLED)%: bentofile.%.yaml $$(call requirements_of,$$*) | $(BIN)/python
	$(call install,$(word 2,$^))
	touch $@

$(COMMAND): pyproject.toml | $(BIN)/python # what it needs every Bento installs
	$(pip) --no-deps --editable .
	touch $@

$(BIN)/uv: requirements-dev.txt | $(BIN)/python # bentoml build installs whatever uv there is where it finds none
	$(pip) "$$(grep '^uv==' $<)"
	touch $@
