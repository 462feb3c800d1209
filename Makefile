# A plain machine needs only Python 3.11 with venv, and make. Name another interpreter with `make PYTHON=...`.
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-long check bench

RUNTIME := .venv/.vigil-runtime
DEV := .venv/.vigil-dev
export PYTHON

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target text; do printf '%-18s %s\n' "$$target" "$$text"; done

# The stamps are files in .venv, newer than the lock they were made from: an install runs again only when its lock does.
$(RUNTIME): requirements.lock scripts/install
	@scripts/install runtime
	@touch $@

$(DEV): requirements.lock requirements-dev.lock scripts/install
	@scripts/install dev
	@touch $(RUNTIME) $@

install: $(RUNTIME) ## Create .venv with what Vigil needs to run

install-dev: $(DEV) ## The same, and the tools for tests and checks

demo: $(RUNTIME) ## A small building with simulated guards, doors and machines
	.venv/bin/vigil demo

test: $(DEV) ## All tests but the long ones (about 12 minutes on two cores)
	scripts/test

# 5 is pytest's word for "nothing selected": right as long as no test is long. Every other status is a failure.
test-long: $(DEV) ## The long tests (about 15 minutes more)
	@status=0; scripts/test -m long || status=$$?; \
	if [ $$status -eq 5 ]; then echo "no test is marked long"; else exit $$status; fi

check: $(DEV) ## Format, lint, types, import contracts, architecture tests
	scripts/check

bench: $(RUNTIME) ## Measure throughput and latency on this machine
	.venv/bin/vigil bench
