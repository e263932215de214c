# `make` lists the targets. Everything is installed in .venv; nothing else on the machine changes.

-include .venv/choices.mk  # the PYTHON and TORCH of the last install, so that `make test` does not need them again
PYTHON ?= python3
TORCH ?= cpu
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

BIN := .venv/bin
INSTALLED := .venv/.installed-$(notdir $(PYTHON))-$(TORCH)
PIP := $(BIN)/python -m pip --quiet --quiet --no-input --disable-pip-version-check
TORCH_PIN := $(shell sed -n 's/^torch==//p' constraints.txt)
ROOMS := benchmark builder baseline leaderboard
# imported once so that they are compiled, rather than by each of the first parallel processes; all of .venv takes minutes
IMPORTED := evaluate transformers,trl.trainer.grpo_trainer,peft openenv.core.env_server
DEMO := runs/demo
SCORE := $(BIN)/debugarena score --prompt complete-v1
# parallel test processes, 1 GB each; one more than two CPUs, because many tests wait
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# the tests that find most mistakes in little time: none imports torch, serves, trains or waits for a deadline
QUICK := tests/benchmark/dataset tests/benchmark/grading/test_[gprv]*.py tests/benchmark/languages \
  tests/benchmark/scoring/test_compare.py tests/benchmark/sandbox/test_frames.py tests/benchmark/test_values.py \
  $(addprefix tests/builder/mutation/test_,operators.py source.py) tests/builder/test_validate.py \
  tests/house/test_house.py
# otherwise each interpreter that a test starts compiles its imports anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install quick test check data demo clean

help: ## print this
	@echo "DebugArena: make TARGET"
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{ printf "  %-8s %s\n", $$1, $$2 }'
	@echo "make install takes PYTHON=python3.12 (default $(PYTHON)) and TORCH=, the torch to install (default $(TORCH)):"
	@echo "  cpu   the CPU build, 0.2 GB: from pip's usual index if it is there, else from TORCH_INDEX=$(TORCH_INDEX)"
	@echo "  cuda  the build that pip chooses; on Linux that is the CUDA build, 2.7 GB"
	@echo "  skip  no torch: no training and no transformers; everything else works"

install: $(INSTALLED) ## make .venv with every extra that runs on a CPU

$(INSTALLED): pyproject.toml constraints.txt
	@case "$(TORCH)" in cpu|cuda|skip) ;; *) echo "TORCH is '$(TORCH)'; it is one of: cpu, cuda, skip" >&2; exit 1 ;; esac
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "$(PYTHON) is not Python 3.11 or later; name one that is: make install PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "$(PYTHON) lacks its venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@if [ -x $(BIN)/python ] && [ "$$($(BIN)/python -VV)" = "$$($(PYTHON) -VV)" ]; then \
	  echo "Updating .venv"; else echo "Making .venv with $$($(PYTHON) -V)"; $(PYTHON) -m venv --clear .venv; fi
	@rm -f .venv/.installed-*
	@$(MAKE) --no-print-directory .torch-$(TORCH)
	@echo "Installing debugarena and its dependencies (0.25 GB to download; takes some minutes)"
	@$(PIP) install --no-compile -c constraints.txt -e '.[$(if $(filter skip,$(TORCH)),leaderboard$(,)serve$(,)dev,train$(,)leaderboard$(,)serve$(,)dev)]'
	@$(BIN)/python -m compileall -q $(ROOMS)
	@echo "Compiling the most used packages"
	@for name in $(IMPORTED); do $(BIN)/python -W ignore -c "import $$name" 2> /dev/null || true; done
	@printf 'PYTHON ?= %s\nTORCH ?= %s\n' '$(PYTHON)' '$(TORCH)' > .venv/choices.mk
	@touch $@ && echo "Installed: $(BIN)/debugarena --help"

, := ,

# PyPI's own Linux wheels are CUDA builds, except where pip is set up to find others; a CPU build is marked +cpu
TORCH_FOUND = $$($(BIN)/python -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null)
.PHONY: .torch-cpu .torch-cuda .torch-skip
.torch-cpu:
	@if [ "$$(uname -s)" != Linux ] || [ "$(TORCH_FOUND)" = $(TORCH_PIN)+cpu ]; then exit 0; fi; \
	echo "Installing torch $(TORCH_PIN), the CPU build (0.2 GB)"; \
	$(PIP) install --no-compile --no-deps torch==$(TORCH_PIN)+cpu 2>/dev/null \
	|| $(PIP) install --no-compile --no-deps --retries 1 --timeout 15 --index-url $(TORCH_INDEX) torch==$(TORCH_PIN)+cpu 2>/dev/null \
	|| echo "Found no CPU build in pip's index or at $(TORCH_INDEX); installing what pip finds, perhaps 2.7 GB with CUDA"
.torch-cuda:
	@case "$(TORCH_FOUND)" in *+cpu) $(BIN)/python -m pip uninstall -qq -y torch ;; esac
	@echo "Letting pip choose the build of torch $(TORCH_PIN) (on Linux perhaps 2.7 GB)"
.torch-skip:
	@echo "Leaving torch out"

quick: install ## install, then ruff, the quick tests and mypy: for use while you write
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(PYTEST) $(QUICK) -k 'not misuse and not explains_itself and not import_what'
	@$(BIN)/mypy $(ROOMS:%=-p debugarena.%)

test: install ## install, then run every test
	@$(PYTEST)

check: install ## install, then ruff, mypy --strict and every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(ROOMS:%=-p debugarena.%)
	@$(PYTEST)

data: install ## install, make and validate all bugs, export the whole dataset to dist/debugarena
	@$(BIN)/debugarena build --config all

demo: install ## install, export, then score a perfect, a lazy and a small model on a CPU
	@echo "1/7 Proving that every bug is a bug: the buggy code fails its tests and the reference fix passes them"
	@$(BIN)/debugarena validate
	@echo "2/7 Writing the dataset to dist/debugarena and loading it back with load_dataset"
	@$(BIN)/debugarena build --config handcrafted
	@cd dist && HF_DATASETS_CACHE=$(CURDIR)/$(DEMO)/datasets-cache ../$(BIN)/python -c \
	  'from datasets import load_dataset; print(load_dataset("debugarena", split="test"))'
	@echo "3/7 Downloading SmolLM2-135M, a very small model (0.1 GB, once)"
	@$(BIN)/debugarena fetch-model smollm2
	@echo "4/7 Scoring the two ends of the scale: the reference fixes solve every bug, the unchanged buggy code solves none"
	@$(SCORE) --model oracle --out $(DEMO)/oracle
	@$(SCORE) --model noop --out $(DEMO)/noop
	@echo "5/7 Scoring SmolLM2-135M, one attempt per bug (two to four minutes)"
	@$(SCORE) --model smollm2 --out $(DEMO)/smollm2
	@echo "6/7 Scoring SmolLM2-135M on six bugs, with feedback and up to three attempts (one to two minutes)"
	@$(SCORE) --model smollm2 --attempts 3 --limit 6 --max-new-tokens 160 --out $(DEMO)/smollm2-three-attempts
	@echo "7/7 Comparing the small model with the unchanged buggy code"
	@$(BIN)/debugarena compare $(DEMO)/noop $(DEMO)/smollm2
	@echo; echo "What you have now:"
	@echo "  the dataset                     dist/debugarena"
	@for run in oracle noop smollm2 smollm2-three-attempts; do printf '  %-31s %s\n' "the score of $$run" "$(DEMO)/$$run/report.md"; done
	@echo "Read one bug:      $(BIN)/debugarena show first-char-empty"
	@echo "What it all means: docs/demo.md"

clean: ## remove dist, the demo, build products and caches; .venv and other scores in runs/ stay
	@rm -rf dist $(DEMO) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
