// Lies in the folder of a workbook under the name of a program, and leaves a mark where it was run.
#include <stdio.h>
#include <wchar.h>
int wmain(int count, wchar_t **given) {
    FILE *mark = _wfopen(L"C:\\planted.txt", L"a");
    fwprintf(mark, L"%ls\n", given[0]);
    return fclose(mark);
}
