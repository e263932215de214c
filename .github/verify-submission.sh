#!/usr/bin/env bash
# Runs the submissions again that a pull request adds. Its files are data: nothing of it is sourced, installed or run outside
# the sandbox. Usage: verify-submission.sh CHECKOUT_OF_THE_PULL_REQUEST BASE_COMMIT DEBUGARENA
set -euo pipefail
head=$1 base=$2 debugarena=$3
refuse() { echo "refused: $1" >&2; exit 1; }

changed=$(mktemp)
git -C "$head" diff --name-only --no-renames -z --diff-filter=a "$base...HEAD" > "$changed"
[ ! -s "$changed" ] || refuse "a submission adds files; this changes or removes some"
git -C "$head" diff --name-only --no-renames -z "$base...HEAD" > "$changed"

form='^leaderboard/submissions/([a-z0-9][a-z0-9.-]*)/(meta\.yaml|completions\.jsonl\.gz|transfer/[a-z0-9][a-z0-9.-]*\.jsonl\.gz)$'
names=()
while IFS= read -r -d "" path; do
  [[ $path =~ $form ]] || refuse "a file that is not of a submission: $(printf %q "$path")"
  names+=("${BASH_REMATCH[1]}")
done < "$changed"
[ ${#names[@]} -gt 0 ] || refuse "no submission is added"

while IFS= read -r name; do
  "$debugarena" leaderboard verify --outside --minutes 20 "$head/leaderboard/submissions/$name"
done < <(printf '%s\n' "${names[@]}" | sort -u)
