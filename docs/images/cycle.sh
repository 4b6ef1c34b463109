#!/usr/bin/env bash
# Makes the pictures for docs/controllers.*.md: a small cycle is distributed, filled in, checked and collected.
# Needs LibreOffice and pdftoppm. `docs/images/cycle.sh FOLDER` keeps the workbooks in that folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work/returned"
cat > "$work/departments.csv" <<'LIST'
Department,Language,Currency
Domestic sales,en,CNY
International sales,en,USD
Customer service,en,CNY
信息部,zh,CNY
Legal,en,CNY
LIST
cat > "$work/lines.csv" <<'LINES'
Department,Component,Item,Vendor,Quantity,Unit cost,Amount,Frequency,Start,Tax rate,Tax included
Domestic sales,Licence,Seats of the CRM,Fxiaoke,120,1800,,annual,2027-01-01,6%,yes
Domestic sales,Customisation,Integration with the ERP,Own staff,40,1600,,one-off,2027-03-01,,
Domestic sales,Training,Two days for key users,Own staff,24,900,,one-off,2027-02-01,,
International sales,Licence,Enterprise edition,Salesforce,45,175,,monthly,2027-01-01,,
International sales,Maintenance,Support contract,Salesforce,,,9600,annual,2027-01-01,,
Customer service,Licence,Service seats,Fxiaoke,60,1200,,annual,2027-01-01,6%,yes
Customer service,Maintenance,Support contract,Fxiaoke,,,18000,annual,2027-01-01,,
信息部,定制开发,与 ERP 系统对接,自有人员,90,1500,,一次性,2027-03-01,,
信息部,维护,数据备份与恢复,阿里云,,,24000,每年,2027-01-01,,
LINES
crm-xl distribute "$work/departments.csv" --prefill "$work/lines.csv" -o "$work/sent" --lines 10 --years 3 \
  --start 2027-01-01 --cycle "2027 budget" --rate USD/CNY=7.1 >/dev/null
for name in "Domestic sales" "International sales" "Customer service" "信息部"; do
  cp "$work/sent/$name.xlsx" "$work/returned/"
done
# A second, corrected issue came back from one department, and another typed a price that is none.
sed 's/,120,1800,/,120,1750,/' "$work/lines.csv" > "$work/corrected.csv"
crm-xl distribute "$work/departments.csv" --prefill "$work/corrected.csv" -o "$work/sent" --lines 10 --years 3 \
  --start 2027-01-01 --cycle "2027 budget" --rate USD/CNY=7.1 >/dev/null
cp "$work/sent/Domestic sales (2).xlsx" "$work/returned/"
python - "$work/returned/Customer service.xlsx" <<'TYPED'
import sys
import crm_xl

book = crm_xl.open_workbook(sys.argv[1])
book["Costs!H7"] = "about 18k"
book.save()
TYPED
crm-xl check "$work/returned/Customer service.xlsx" > "$work/check.txt" || true
for language in en zh; do
  CRM_XL_LANG=$language crm-xl collect "$work/returned" -o "$work/total_$language.xlsx" --lang "$language" \
    --manifest "$work/sent/manifest.jsonl" > "$work/collect_$language.txt" || true
  # LibreOffice shows CRM_ formulas as #NAME?, so it is given a copy with their values.
  crm-xl recalc "$work/total_$language.xlsx" --values -o "$work/shown_$language.xlsx" >/dev/null
  soffice -env:UserInstallation="file://$work/profile" --headless --convert-to pdf --outdir "$work" \
    "$work/shown_$language.xlsx" >/dev/null
  pdftoppm -f 1 -l 1 -r 190 -x 55 -y 70 -W 2070 -H 850 -png -singlefile "$work/shown_$language.pdf" \
    "docs/images/collect_status_$language"
  pdftoppm -f 2 -l 2 -r 100 -x 30 -y 40 -W 1100 -H 640 -png -singlefile "$work/shown_$language.pdf" \
    "docs/images/collect_totals_$language"
done
