#!/usr/bin/env bash
# Makes the pictures of the results sheets for the README with LibreOffice and pdftoppm.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for language in en zh; do
  # LibreOffice shows CRM_ formulas as #NAME?, so it is given a copy with their values.
  crm-xl recalc "workbooks/crm_example_$language.xlsx" --values -o "$work/crm_example_$language.xlsx" >/dev/null
  soffice -env:UserInstallation="file://$work/profile" --headless --convert-to pdf --outdir "$work" \
    "$work/crm_example_$language.xlsx" >/dev/null
  # The results sheet begins on the page on which its title stands.
  title=$([ "$language" = en ] && echo "What the CRM costs in total" || echo "CRM 总成本结果")
  pages=$(pdfinfo "$work/crm_example_$language.pdf" | awk '/^Pages/ {print $2}')
  for page in $(seq "$pages"); do
    if pdftotext -f "$page" -l "$page" "$work/crm_example_$language.pdf" - | grep -q "$title"; then break; fi
  done
  pdftoppm -f "$page" -l "$page" -r 110 -png -singlefile "$work/crm_example_$language.pdf" "docs/images/results_$language"
done
