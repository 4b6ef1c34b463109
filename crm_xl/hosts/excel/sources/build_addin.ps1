# Builds crm_xl.xlam through Excel itself from the modules beside this script.
# powershell -ExecutionPolicy Bypass -File build_addin.ps1
param([string]$Out = (Join-Path $PSScriptRoot 'crm_xl.xlam'))
$ErrorActionPreference = 'Stop'
$Out = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out)
$here = $PSScriptRoot

$excel = New-Object -ComObject Excel.Application
try {
    $excel.Visible = $false
    $excel.DisplayAlerts = $false
    $book = $excel.Workbooks.Add(-4167)
    try { $parts = $book.VBProject.VBComponents; $null = $parts.Count }
    catch {
@MESSAGES@
        exit 1
    }
    $sheet = $book.Worksheets.Item(1)
    $sheet.Name = 'crm_xl.conf'
    $row = 1
    foreach ($setting in Import-Csv (Join-Path $here 'settings.csv') -Encoding UTF8) {
        $sheet.Cells.Item($row, 1).Value2 = $setting.Name
        $sheet.Cells.Item($row, 2).NumberFormat = '@'
        $sheet.Cells.Item($row, 2).Value2 = $setting.Value
        $row++
    }
    foreach ($module in Get-ChildItem -Path $here | Where-Object { $_.Extension -in '.bas', '.cls' }) {
        $null = $parts.Import($module.FullName)
    }
    $workbookCode = [System.IO.File]::ReadAllText((Join-Path $here 'ThisWorkbook.txt'))
    $name = if ($book.CodeName) { $book.CodeName } else { 'ThisWorkbook' }
    $module = $parts.Item($name).CodeModule
    # Excel may have written 'Option Explicit' there, which must not stand twice.
    if ($module.CountOfLines) { $module.DeleteLines(1, $module.CountOfLines) }
    $module.AddFromString($workbookCode)
    $book.IsAddin = $true
    $book.SaveAs($Out, 55)
    $book.Close($false)
}
finally {
    $excel.Quit()
    $null = [System.Runtime.InteropServices.Marshal]::ReleaseComObject($excel)
}

# The ribbon cannot be handed over to Excel: it is a part of the file.
Add-Type -AssemblyName System.IO.Compression, System.IO.Compression.FileSystem
$zip = [System.IO.Compression.ZipFile]::Open($Out, 'Update')
try {
    $null = [System.IO.Compression.ZipFileExtensions]::CreateEntryFromFile(
        $zip, (Join-Path $here 'customUI14.xml'), 'customUI/customUI14.xml')
    $entry = $zip.GetEntry('_rels/.rels')
    $reader = New-Object System.IO.StreamReader($entry.Open())
    $text = $reader.ReadToEnd()
    $reader.Dispose()
    $entry.Delete()
    $relation = '<Relationship Id="rIdRibbon" Type="@RELATION@" Target="customUI/customUI14.xml"/>'
    $writer = New-Object System.IO.StreamWriter($zip.CreateEntry('_rels/.rels').Open())
    $writer.Write($text.Replace('</Relationships>', $relation + '</Relationships>'))
    $writer.Dispose()
}
finally { $zip.Dispose() }
Write-Output $Out
