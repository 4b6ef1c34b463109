// Stands where the VBA of the add-in stands in Excel: loads the library of xlwings, starts Python with a command, calls.
// driver.exe SCRIPT ANSWERS: reads commands and values from SCRIPT, one a line in UTF-8, and writes ANSWERS the same way.
//   load PATH | activate COMMAND | answer NAME COUNT | press NAME | repeat TIMES NAME COUNT | sleep MS | die
// A value: E empty, M missing, N number, T text, D date (serial), C currency (in ten thousandths), B 0 or 1, X error
// (Excel's number), V COUNT a row, A ROWS COLUMNS a table, R ROWS COLUMNS a range of a sheet; their cells follow.
#define COBJMACROS
#include <windows.h>
#include <ole2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XL_ERROR 0x800A0000L
typedef HRESULT (__stdcall *Activate)(VARIANT *, const char *, int);
static FILE *script, *answers;
static char line[1 << 20];
static Activate activate;
static IDispatch *server;

VARIANT range_of(VARIANT cells, int rows, int columns);  // range.c

static char *next(void) {
    if (!fgets(line, sizeof line, script)) return NULL;
    line[strcspn(line, "\r\n")] = 0;
    return line;
}

static wchar_t *wide(const char *text, UINT page) {
    int count = MultiByteToWideChar(page, 0, text, -1, NULL, 0);
    wchar_t *made = malloc(count * sizeof *made);
    MultiByteToWideChar(page, 0, text, -1, made, count);
    return made;
}

// -- values -----------------------------------------------------------------------------------------------------------

static BSTR text_of(const char *written) {  // line ends and backslashes are written as \n, \r and two backslashes
    char *plain = malloc(strlen(written) + 1), *to = plain;
    for (; *written; written++) {
        if (*written != '\\') { *to++ = *written; continue; }
        written++;
        *to++ = *written == 'n' ? '\n' : *written == 'r' ? '\r' : *written;
    }
    *to = 0;
    wchar_t *found = wide(plain, CP_UTF8);
    BSTR made = SysAllocString(found);
    free(found);
    free(plain);
    return made;
}

static VARIANT read_value(void) {
    VARIANT value;
    VariantInit(&value);
    char *found = next(), kind = found[0], *rest = found[1] ? found + 2 : found + 1;
    int rows = 1, columns = 0;
    switch (kind) {
        case 'M': value.vt = VT_ERROR; value.scode = DISP_E_PARAMNOTFOUND; break;
        case 'N': value.vt = VT_R8; value.dblVal = atof(rest); break;
        case 'D': value.vt = VT_DATE; value.date = atof(rest); break;
        case 'C': value.vt = VT_CY; value.cyVal.int64 = atoll(rest); break;
        case 'B': value.vt = VT_BOOL; value.boolVal = rest[0] == '1' ? VARIANT_TRUE : VARIANT_FALSE; break;
        case 'X': value.vt = VT_ERROR; value.scode = XL_ERROR | atol(rest); break;
        case 'T': value.vt = VT_BSTR; value.bstrVal = text_of(rest); break;
        case 'V': {
            columns = atoi(rest);
            value.vt = VT_ARRAY | VT_VARIANT;
            value.parray = SafeArrayCreateVector(VT_VARIANT, 0, columns);
            for (LONG i = 0; i < columns; i++) { VARIANT one = read_value(); SafeArrayPutElement(value.parray, &i, &one); VariantClear(&one); }
            break;
        }
        case 'A': case 'R': {
            sscanf(rest, "%d %d", &rows, &columns);
            SAFEARRAYBOUND bounds[2] = {{rows, 1}, {columns, 1}};
            value.vt = VT_ARRAY | VT_VARIANT;
            value.parray = SafeArrayCreate(VT_VARIANT, 2, bounds);
            for (LONG i = 1; i <= rows; i++)
                for (LONG j = 1; j <= columns; j++) {
                    LONG at[2] = {i, j};
                    VARIANT one = read_value();
                    SafeArrayPutElement(value.parray, at, &one);
                    VariantClear(&one);
                }
            if (kind == 'R') return range_of(value, rows, columns);
        }
    }
    return value;
}

static void write_value(VARIANT *value) {
    switch (value->vt) {
        case VT_EMPTY: case VT_NULL: fprintf(answers, "E\n"); return;
        case VT_R8: fprintf(answers, "N %.17g\n", value->dblVal); return;
        case VT_I4: fprintf(answers, "N %ld\n", value->lVal); return;
        case VT_BOOL: fprintf(answers, "B %d\n", value->boolVal != 0); return;
        case VT_DATE: fprintf(answers, "D %.17g\n", value->date); return;
        case VT_BSTR: {
            int count = WideCharToMultiByte(CP_UTF8, 0, value->bstrVal ? value->bstrVal : L"", -1, NULL, 0, NULL, NULL);
            char *plain = malloc(count);
            WideCharToMultiByte(CP_UTF8, 0, value->bstrVal ? value->bstrVal : L"", -1, plain, count, NULL, NULL);
            fprintf(answers, "T ");
            for (char *at = plain; *at; at++)
                if (*at == '\n') fputs("\\n", answers);
                else if (*at == '\r') fputs("\\r", answers);
                else if (*at == '\\') fputs("\\\\", answers);
                else fputc(*at, answers);
            fputc('\n', answers);
            free(plain);
            return;
        }
    }
    if (!(value->vt & VT_ARRAY)) { fprintf(answers, "? %x\n", value->vt); return; }
    LONG first[2] = {0, 0}, last[2] = {0, 0}, at[2];
    UINT dimensions = SafeArrayGetDim(value->parray);
    for (UINT i = 0; i < dimensions && i < 2; i++) {
        SafeArrayGetLBound(value->parray, i + 1, &first[i]);
        SafeArrayGetUBound(value->parray, i + 1, &last[i]);
    }
    if (dimensions == 1) fprintf(answers, "V %ld\n", last[0] - first[0] + 1);
    else fprintf(answers, "A %ld %ld\n", last[0] - first[0] + 1, last[1] - first[1] + 1);
    for (at[0] = first[0]; at[0] <= last[0]; at[0]++)
        for (at[1] = first[1]; at[1] <= last[1]; at[1]++) {
            VARIANT one;
            VariantInit(&one);
            SafeArrayGetElement(value->parray, at, &one);
            write_value(&one);
            VariantClear(&one);
        }
}

// -- calls ------------------------------------------------------------------------------------------------------------

static HRESULT call(OLECHAR *method, VARIANT *name, VARIANT *given, VARIANT *result, EXCEPINFO *fault) {
    DISPID id;
    // The last one first; VBA hands variables over by reference: what comes back for them stands in their place.
    VARIANT arguments[2] = {{.vt = VT_BYREF | VT_VARIANT, .pvarVal = given}, {.vt = VT_BYREF | VT_BSTR, .pbstrVal = &name->bstrVal}};
    DISPPARAMS handed = {arguments, NULL, 2, 0};
    VariantInit(result);
    memset(fault, 0, sizeof *fault);
    HRESULT failed = IDispatch_GetIDsOfNames(server, &IID_NULL, &method, 1, LOCALE_USER_DEFAULT, &id);
    if (failed) return failed;
    return IDispatch_Invoke(server, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD | DISPATCH_PROPERTYGET, &handed, result, fault, NULL);
}

static void say(HRESULT failed, DWORD since, VARIANT *result, EXCEPINFO *fault) {
    if (failed) {
        fprintf(answers, "failed %lu %lx\n", GetTickCount() - since, failed);
        VARIANT why = {.vt = VT_BSTR, .bstrVal = fault ? fault->bstrDescription : result->vt == VT_BSTR ? result->bstrVal : NULL};
        write_value(&why);
    } else {
        fprintf(answers, "done %lu\n", GetTickCount() - since);
        if (result) write_value(result);
        else fprintf(answers, "E\n");
    }
    fflush(answers);
}

static VARIANT row_of(int count) {
    VARIANT row = {.vt = VT_ARRAY | VT_VARIANT};
    row.parray = SafeArrayCreateVector(VT_VARIANT, 0, count);
    for (LONG i = 0; i < count; i++) { VARIANT one = read_value(); SafeArrayPutElement(row.parray, &i, &one); VariantClear(&one); }
    return row;
}

int wmain(int count, wchar_t **given) {
    char *found, name[200], *command = NULL;
    int times, arguments;
    VARIANT result;
    EXCEPINFO fault;
    CoInitialize(NULL);
    script = _wfopen(given[1], L"rb");
    answers = _wfopen(given[2], L"wb");
    if (count != 3 || !script || !answers) return 2;
    while ((found = next())) {
        DWORD since = GetTickCount();
        if (!strncmp(found, "load ", 5)) {
            wchar_t *path = wide(found + 5, CP_UTF8);
            HMODULE library = LoadLibraryW(path);
            activate = library ? (Activate)(void *)GetProcAddress(library, "XLPyDLLActivateAuto") : NULL;
            fprintf(answers, "%s %lu\nE\n", activate ? "done" : "failed", GetLastError());
            fflush(answers);
            free(path);
        } else if (!strncmp(found, "activate ", 9)) {
            wchar_t *text = wide(found + 9, CP_UTF8);  // VBA hands a text over in the code page of the computer
            command = calloc(1, 4096);
            WideCharToMultiByte(CP_ACP, 0, text, -1, command, 4095, NULL, NULL);
            VariantInit(&result);
            HRESULT failed = activate(&result, command, 1);
            if (!failed) server = result.pdispVal;
            say(failed, since, failed ? &result : NULL, NULL);
            free(text);
        } else if (sscanf(found, "answer %199s %d", name, &arguments) == 2) {
            VARIANT called = {.vt = VT_BSTR, .bstrVal = text_of(name)}, row = row_of(arguments);
            since = GetTickCount();
            HRESULT failed = call(L"Answer", &called, &row, &result, &fault);
            say(failed, since, &result, &fault);
        } else if (sscanf(found, "press %199s", name) == 1) {
            VARIANT pressed = {.vt = VT_BSTR, .bstrVal = text_of(name)}, with = read_value();
            HRESULT failed = call(L"Press", &pressed, &with, &result, &fault);
            say(failed, since, &result, &fault);
        } else if (sscanf(found, "repeat %d %199s %d", &times, name, &arguments) == 3) {
            VARIANT called = {.vt = VT_BSTR, .bstrVal = text_of(name)}, row = row_of(arguments);
            HRESULT failed = 0;
            since = GetTickCount();
            for (int i = 0; i < times && !failed; i++) {  // as the bridge does: is Python there, then the call
                VariantInit(&result);
                if ((failed = activate(&result, command, 1))) { say(failed, since, &result, NULL); break; }
                server = result.pdispVal;
                failed = call(L"Answer", &called, &row, &result, &fault);
                if (failed || i == times - 1) say(failed, since, &result, &fault);
            }
        } else if (!strncmp(found, "sleep ", 6)) Sleep(atoi(found + 6));
        else if (!strcmp(found, "die")) TerminateProcess(GetCurrentProcess(), 9);
        else return 3;
    }
    return 0;
}
