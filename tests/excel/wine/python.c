// The smallest python.exe: a library of Python, named when this is built, has all the rest.
#include <windows.h>
int wmain(int count, wchar_t **given) {
    HMODULE library = LoadLibraryW(PYTHON);
    if (!library) return 99;
    return ((int (*)(int, wchar_t **))(void *)GetProcAddress(library, "Py_Main"))(count, given);
}
