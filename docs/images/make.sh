#!/usr/bin/env bash
# Makes the pictures of the results sheets for the README, with living formulas in LibreOffice, and with pdftoppm.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for language in en zh; do
  sheet=$([ "$language" = en ] && echo Results || echo 结果)
  crm-xl pdf "workbooks/crm_example_$language.xlsx" --sheet "$sheet" -o "$work/results.pdf" >/dev/null
  pdftoppm -f 1 -l 1 -r 110 -png -singlefile "$work/results.pdf" "docs/images/results_$language"
done
