#!/usr/bin/env bash
# Makes the pictures of the workbooks for the README, with living formulas in LibreOffice, and with pdftoppm: the board
# page of the small example, and the results sheet of the large one.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for language in en zh; do
  board=$([ "$language" = en ] && echo Board || echo 管理层摘要)
  results=$([ "$language" = en ] && echo Results || echo 结果)
  crm-xl pdf "workbooks/crm_example_small_$language.xlsx" --sheet "$board" -o "$work/board.pdf" >/dev/null
  pdftoppm -f 1 -l 1 -r 110 -png -singlefile "$work/board.pdf" "docs/images/board_$language"
  crm-xl pdf "workbooks/crm_example_$language.xlsx" --sheet "$results" -o "$work/results.pdf" >/dev/null
  pdftoppm -f 1 -l 1 -r 110 -png -singlefile "$work/results.pdf" "docs/images/results_$language"
done
