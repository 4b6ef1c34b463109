// A range of a sheet, as the functions ask it: Value, Value2, CountLarge; with the type information by which it is known.
#define COBJMACROS
#include <windows.h>
#include <ole2.h>
#include <stdlib.h>

static const GUID RANGE = {0x00020846, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
static const OLECHAR *NAMES[] = {L"Value", L"Value2", L"CountLarge"};
typedef struct { IDispatch face; LONG uses; VARIANT cells; double count; } Range;

static ITypeInfo *described(void) {
    static ITypeInfo *made;
    if (made) return made;
    ICreateTypeLib2 *library;
    ICreateTypeInfo *type;
    wchar_t path[MAX_PATH];
    GetTempPathW(MAX_PATH, path);
    wcscat(path, L"range.tlb");
    CreateTypeLib2(SYS_WIN64, path, &library);
    ICreateTypeLib2_SetName(library, L"Excel");
    ICreateTypeLib2_CreateTypeInfo(library, L"Range", TKIND_DISPATCH, &type);
    ICreateTypeInfo_SetGuid(type, &RANGE);
    for (UINT i = 0; i < 3; i++) {
        FUNCDESC property = {.memid = i, .funckind = FUNC_DISPATCH, .invkind = INVOKE_PROPERTYGET, .callconv = CC_STDCALL};
        OLECHAR *name = (OLECHAR *)NAMES[i];
        property.elemdescFunc.tdesc.vt = VT_VARIANT;
        ICreateTypeInfo_AddFuncDesc(type, i, &property);
        ICreateTypeInfo_SetFuncAndParamNames(type, i, &name, 1);
    }
    ICreateTypeInfo_LayOut(type);
    ICreateTypeInfo_QueryInterface(type, &IID_ITypeInfo, (void **)&made);
    return made;
}

static HRESULT __stdcall query(IDispatch *self, REFIID asked, void **found) {
    BOOL known = IsEqualIID(asked, &IID_IUnknown) || IsEqualIID(asked, &IID_IDispatch);
    *found = known ? self : NULL;
    if (known) InterlockedIncrement(&((Range *)self)->uses);
    return known ? S_OK : E_NOINTERFACE;
}
static ULONG __stdcall add(IDispatch *self) { return InterlockedIncrement(&((Range *)self)->uses); }
static ULONG __stdcall release(IDispatch *self) { return InterlockedDecrement(&((Range *)self)->uses); }
static HRESULT __stdcall count(IDispatch *self, UINT *types) { *types = 1; return S_OK; }
static HRESULT __stdcall type(IDispatch *self, UINT index, LCID language, ITypeInfo **found) {
    *found = described();
    ITypeInfo_AddRef(*found);
    return S_OK;
}
static HRESULT __stdcall ids(IDispatch *self, REFIID none, LPOLESTR *names, UINT number, LCID language, DISPID *found) {
    for (UINT i = 0; i < 3; i++)
        if (!lstrcmpiW(names[0], NAMES[i])) { *found = i; return S_OK; }
    *found = DISPID_UNKNOWN;
    return DISP_E_UNKNOWNNAME;
}
static HRESULT __stdcall invoke(IDispatch *self, DISPID id, REFIID none, LCID language, WORD flags, DISPPARAMS *given,
                                VARIANT *result, EXCEPINFO *fault, UINT *wrong) {
    Range *range = (Range *)self;
    if (!result) return S_OK;
    VariantInit(result);
    if (id == 2) { result->vt = VT_R8; result->dblVal = range->count; return S_OK; }
    if (id != 0 && id != 1) return DISP_E_MEMBERNOTFOUND;
    if (range->count > 1) VariantCopy(result, &range->cells);
    else { LONG at[2] = {1, 1}; SafeArrayGetElement(range->cells.parray, at, result); }  // one cell is no array
    if (id == 0) return S_OK;
    // Value2 knows no formats: money and dates are numbers.
    LONG rows = 1, columns = 1;
    if (result->vt & VT_ARRAY) { SafeArrayGetUBound(result->parray, 1, &rows); SafeArrayGetUBound(result->parray, 2, &columns); }
    for (LONG i = 1; i <= rows; i++)
        for (LONG j = 1; j <= columns; j++) {
            LONG at[2] = {i, j};
            VARIANT *cell = result;
            if (result->vt & VT_ARRAY) SafeArrayPtrOfIndex(result->parray, at, (void **)&cell);
            if (cell->vt == VT_CY) { double plain = cell->cyVal.int64 / 10000.0; cell->vt = VT_R8; cell->dblVal = plain; }
            if (cell->vt == VT_DATE) cell->vt = VT_R8;
        }
    return S_OK;
}
static IDispatchVtbl FACE = {query, add, release, count, type, ids, invoke};

VARIANT range_of(VARIANT cells, int rows, int columns) {
    Range *made = calloc(1, sizeof *made);
    made->face.lpVtbl = &FACE;
    made->uses = 1;
    made->cells = cells;
    made->count = (double)rows * columns;
    VARIANT value = {.vt = VT_DISPATCH, .pdispVal = &made->face};
    return value;
}
