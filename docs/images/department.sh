#!/usr/bin/env bash
# Makes the pictures of a department's workbook for docs/departments.*.md with LibreOffice and pdftoppm.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/departments.csv" <<'LIST'
Department,Language,Contact,Return by
Domestic sales,en,"Li Wei, finance, ext. 2231",2026-12-04
国内销售部,zh,财务部 李伟，分机 2231,2026-12-04
LIST
cat > "$work/lines.csv" <<'LINES'
Department,Component,Item,Vendor,Quantity,Unit cost,Amount,Frequency,Start,Tax rate,Tax included
Domestic sales,Licence,Seats of the CRM,Fxiaoke,120,1800,,annual,2027-01-01,6%,yes
Domestic sales,Customisation,Integration with the ERP,Own staff,40,1600,,one-off,2027-03-01,,
Domestic sales,Maintenance,Support contract,Fxiaoke,,,36000,annual,2027-01-01,6%,yes
国内销售部,软件购买,CRM 席位,纷享销客,120,1800,,每年,2027-01-01,6%,是
国内销售部,定制开发,与 ERP 系统对接,自有人员,40,1600,,一次性,2027-03-01,,
国内销售部,维护,服务合同,纷享销客,,,36000,每年,2027-01-01,6%,是
LINES
crm-xl distribute "$work/departments.csv" --prefill "$work/lines.csv" -o "$work/out" --lines 10 --start 2027-01-01 \
  --cycle "2027" >/dev/null
for language in en zh; do
  name=$([ "$language" = en ] && echo "Domestic sales" || echo "国内销售部")
  soffice -env:UserInstallation="file://$work/profile" --headless --convert-to pdf --outdir "$work" \
    "$work/out/$name.xlsx" >/dev/null
  line=$([ "$language" = en ] && echo "Integration with" || echo "与 ERP 系统对接")
  pages=$(pdfinfo "$work/$name.pdf" | awk '/^Pages/ {print $2}')
  for page in $(seq "$pages"); do
    if pdftotext -f "$page" -l "$page" "$work/$name.pdf" - | grep -q "$line"; then break; fi
  done
  pdftoppm -f 1 -l 1 -r 90 -png -singlefile "$work/$name.pdf" "docs/images/department_about_$language"
  # The upper part of the sheet, down to the last line.
  pdftoppm -f "$page" -l "$page" -r 141 -x 45 -y 60 -W 2250 -H 330 -png -singlefile "$work/$name.pdf" \
    "docs/images/department_costs_$language"
done
