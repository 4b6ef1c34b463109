Option Explicit

'The buttons of the tab CRM. Each of the public procedures without arguments can be given to a button of a sheet too.
Private Const CrmNamePattern As String = "CRM_"
Private Const CrmLarge As Long = 200000
Private CrmRibbon As IRibbonUI
Private CrmLanguageRead As Boolean
Private CrmLanguageChinese As Boolean
Private CrmWaiting As Collection

'-- ribbon ----------------------------------------------------------------------------------------------------------

Public Sub CrmRibbonLoad(Ribbon As IRibbonUI)
    Set CrmRibbon = Ribbon
End Sub

Public Sub CrmLabel(Control As IRibbonControl, ByRef Label)
    Label = CrmSay(Control.ID)
End Sub

Public Sub CrmTip(Control As IRibbonControl, ByRef Tip)
    Tip = CrmSay(Control.ID & "_tip")
End Sub

Public Sub CrmAction(Control As IRibbonControl)
    Select Case Control.ID
        Case "excel_recalculate": CrmRecalculate
        Case "excel_check": CrmCheck
        Case "excel_breakdown": CrmBreakdown
        Case "excel_refresh": CrmRefresh
        Case "excel_clear_notes": CrmClearNotes
        Case "excel_language": CrmLanguage
    End Select
End Sub

'-- start -----------------------------------------------------------------------------------------------------------

Public Sub CrmStart()
    Dim Book As Workbook
    CrmRegister
    For Each Book In Application.Workbooks
        CrmOpened Book
    Next Book
End Sub

'Hands the wizard its texts. Excel refuses that for a hidden workbook while none is open; then it is done unhidden.
Private Sub CrmRegister()
    On Error Resume Next
    Application.ScreenUpdating = False
    CrmRegisterHelp CrmChinese()
    If Err.Number <> 0 Then
        Err.Clear
        ThisWorkbook.IsAddin = False
        CrmRegisterHelp CrmChinese()
        ThisWorkbook.IsAddin = True
    End If
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
End Sub

'-- buttons ---------------------------------------------------------------------------------------------------------

'Computes every CRM_ formula of the workbook anew, from what stands in the cells now.
Public Sub CrmRecalculate()
    Dim Sheet As Worksheet
    If ActiveWorkbook Is Nothing Then Exit Sub
    On Error GoTo failed
    CrmAsk "forget", ""
    For Each Sheet In ActiveWorkbook.Worksheets
        If Sheet.EnableCalculation Then
            If CrmCells(Sheet).Count > 0 Then
                'Excel takes every formula of a sheet for outdated when its calculation is switched on.
                Sheet.EnableCalculation = False
                Sheet.EnableCalculation = True
            End If
        End If
    Next Sheet
    Application.Calculate
    Exit Sub
failed:
    CrmTell CrmSay("excel_no_answer")
End Sub

'Writes what CRM_CHECK finds as notes beside the cells.
Public Sub CrmCheck()
    CrmWithNotes "check"
End Sub

Public Sub CrmClearNotes()
    CrmWithNotes "clear_notes"
End Sub

'Calls a function that writes or removes notes; sheets protected without a password are open to it meanwhile.
Private Sub CrmWithNotes(ByVal FunctionName As String)
    Dim Opened As Collection
    Dim Message As String
    If ActiveWorkbook Is Nothing Then Exit Sub
    Set Opened = CrmOpenSheets(ActiveWorkbook)
    On Error GoTo failed
    Message = CrmAsk(FunctionName, ActiveWorkbook)
    CrmCloseSheets Opened
    If Len(Message) > 0 Then CrmTell Message
    Exit Sub
failed:
    CrmCloseSheets Opened
    CrmTell CrmSay("excel_no_answer")
End Sub

'Asks for a cell and enters the breakdown of the workbook's costs there.
Public Sub CrmBreakdown()
    Dim Target As Object
    Dim Formula As String
    If ActiveWorkbook Is Nothing Then Exit Sub
    If Not CrmHasTable("Costs") Then
        CrmTell CrmSay("excel_no_costs")
        Exit Sub
    End If
    Formula = "=CRM_BREAKDOWN(Costs[#All])"
    If CrmHasTable("Assumptions") Then Formula = "=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])"
    On Error Resume Next
    Set Target = Application.InputBox(CrmSay("excel_where"), CrmSay("excel_breakdown"), ActiveCell.Address, Type:=8)
    On Error GoTo 0
    If Target Is Nothing Then Exit Sub
    Set Target = Target.Cells(1, 1)
    If Len(Target.Formula) > 0 Then
        CrmTell CrmSay("excel_occupied")
    ElseIf Not CrmEnter(Target, Formula) Then
        CrmTell CrmSay("excel_protected")
    End If
End Sub

'Binds the CRM_ formulas of the workbook anew, and takes the path of another computer out of them.
Public Sub CrmRefresh()
    If ActiveWorkbook Is Nothing Then Exit Sub
    If CrmCarries(ActiveWorkbook) Then
        CrmTell CrmSay("excel_carries")
        Exit Sub
    End If
    If CrmBind(ActiveWorkbook, True) > 0 Then CrmTell CrmSay("excel_not_bound")
End Sub

'Changes between English and Chinese: ribbon, function wizard, messages.
Public Sub CrmLanguage()
    Dim Chosen As String
    Chosen = "zh"
    If CrmChinese() Then Chosen = "en"
    On Error GoTo unsaved
    SaveConfigToFile GetConfigFilePath(), "LANGUAGE", Chosen
    On Error GoTo failed
    CrmLanguageRead = False
    CrmRegister
    If Not CrmRibbon Is Nothing Then CrmRibbon.Invalidate
    CrmAsk "use_language", Chosen
    CrmRecalculate
    Exit Sub
unsaved:
    Close
    CrmTell CrmSay("excel_not_saved")
    Exit Sub
failed:
    CrmTell CrmSay("excel_no_answer")
End Sub

'-- binding formulas ------------------------------------------------------------------------------------------------

'A workbook that was opened is looked through once, as soon as Excel has finished opening it.
Public Sub CrmOpened(ByVal Book As Workbook)
    If CrmWaiting Is Nothing Then Set CrmWaiting = New Collection
    CrmWaiting.Add Book
    Application.OnTime Now, "'" & ThisWorkbook.Name & "'!CrmBindOpened"
End Sub

Public Sub CrmBindOpened()
    Dim Books As Collection
    Dim Book As Object
    Set Books = CrmWaiting
    Set CrmWaiting = Nothing
    If Books Is Nothing Then Exit Sub
    'One that was closed in the meantime is passed over.
    On Error Resume Next
    For Each Book In Books
        If Not CrmCarries(Book) Then CrmBind Book, False
    Next Book
End Sub

'Whether a workbook brings the functions along, for xlwings Lite: then its formulas are not for this add-in.
Private Function CrmCarries(ByVal Book As Object) As Boolean
    Dim Found As Object
    On Error Resume Next
    Set Found = Book.Names("crm_xl_lite")
    CrmCarries = Not Found Is Nothing
End Function

'Enters the broken CRM_ formulas of a workbook anew, or every one; returns how many stay broken.
Private Function CrmBind(ByVal Book As Workbook, ByVal Every As Boolean) As Long
    Dim Cell As Object
    Dim Found As Collection
    Dim Opened As Collection
    Dim Events As Boolean
    Events = Application.EnableEvents
    On Error GoTo failed
    Set Found = CrmFormulas(Book, False)
    If Found.Count > 0 Then
        'Most are bound by that alone, and the workbook stays as it was saved.
        Application.CalculateFullRebuild
        Set Found = CrmFormulas(Book, False)
    End If
    If Every Then Set Found = CrmFormulas(Book, True)
    If Found.Count = 0 Then Exit Function
    Application.EnableEvents = False
    Set Opened = CrmOpenSheets(Book)
    For Each Cell In Found
        CrmEnter Cell, CrmPlain(CrmFormula(Cell))
    Next Cell
closing:
    On Error Resume Next
    CrmCloseSheets Opened
    Application.EnableEvents = Events
    CrmBind = CrmFormulas(Book, False).Count
    Exit Function
failed:
    Resume closing
End Function

'The cells of a workbook with CRM_ formulas, or only the broken ones: without a function, or with a path before it.
Private Function CrmFormulas(ByVal Book As Workbook, ByVal Every As Boolean) As Collection
    Dim Sheet As Worksheet
    Dim Cell As Object
    Dim Found As Collection
    Set Found = New Collection
    Set CrmFormulas = Found
    For Each Sheet In Book.Worksheets
        For Each Cell In CrmCells(Sheet)
            If Every Then
                Found.Add Cell
            ElseIf CrmIsUnbound(Cell) Then
                Found.Add Cell
            ElseIf CrmPlain(Cell.Formula) <> Cell.Formula Then
                Found.Add Cell
            End If
        Next Cell
    Next Sheet
End Function

Private Function CrmIsUnbound(ByVal Cell As Object) As Boolean
    If IsError(Cell.Value) Then CrmIsUnbound = (Cell.Value = CVErr(xlErrName))
End Function

'The cells of a sheet in which CRM_ formulas were entered; what they spill into is left out.
Private Function CrmCells(ByVal Sheet As Worksheet) As Collection
    Dim Used As Range
    Dim Block As Range
    Dim Found As Collection
    Dim Formulas As Variant
    Dim First As Long
    Dim Height As Long
    Dim i As Long
    Dim j As Long
    Set Found = New Collection
    Set CrmCells = Found
    Set Used = Sheet.UsedRange
    If Used.CountLarge > CrmLarge Then
        'Excel finds faster than it hands over millions of formulas.
        If Used.Find(What:=CrmNamePattern, LookIn:=xlFormulas, LookAt:=xlPart, MatchCase:=False) Is Nothing Then
            Exit Function
        End If
    End If
    Height = CrmLarge \ Used.Columns.Count
    For First = 1 To Used.Rows.Count Step Height
        'Not all of a large sheet at once: Excel of 32 bits has no memory for that.
        Set Block = Used.Rows(First)
        If First + Height > Used.Rows.Count Then Height = Used.Rows.Count - First + 1
        Set Block = Block.Resize(Height)
        Formulas = Block.Formula
        If Not IsArray(Formulas) Then
            If CrmMentions(Formulas) Then Found.Add Block
        Else
            For i = 1 To UBound(Formulas, 1)
                For j = 1 To UBound(Formulas, 2)
                    If CrmMentions(Formulas(i, j)) Then
                        If CrmIsFirst(Block.Cells(i, j)) Then Found.Add Block.Cells(i, j)
                    End If
                Next j
            Next i
        End If
    Next First
End Function

Private Function CrmMentions(ByVal Formula As Variant) As Boolean
    If VarType(Formula) <> vbString Then Exit Function
    If Left$(Formula, 1) = "=" Then CrmMentions = InStr(1, Formula, CrmNamePattern, vbTextCompare) > 0
End Function

Private Function CrmIsFirst(ByVal Cell As Object) As Boolean
    CrmIsFirst = True
    On Error Resume Next
    If Cell.HasSpill Then
        CrmIsFirst = (Cell.SpillParent.Address = Cell.Address)
    ElseIf Cell.HasArray Then
        CrmIsFirst = (Cell.CurrentArray.Cells(1, 1).Address = Cell.Address)
    End If
End Function

'A formula as it was entered, with what keeps it to one value; Excel before 2021 knows only the other property.
Private Function CrmFormula(ByVal Cell As Object) As String
    CrmFormula = Cell.Formula
    On Error Resume Next
    CrmFormula = Cell.Formula2
End Function

'A formula with the bare names of its functions: without the path of an add-in, or the mark of an unknown function.
Private Function CrmPlain(ByVal Formula As String) As String
    Dim At As Long
    Dim Start As Long
    CrmPlain = Formula
    At = InStr(1, CrmPlain, CrmNamePattern, vbTextCompare)
    Do While At > 0
        Start = CrmPrefix(CrmPlain, At)
        CrmPlain = Left$(CrmPlain, Start - 1) & Mid$(CrmPlain, At)
        At = InStr(Start + Len(CrmNamePattern), CrmPlain, CrmNamePattern, vbTextCompare)
    Loop
End Function

'Where that begins which stands before a name and does not belong to it; the name's own place where there is none.
Private Function CrmPrefix(ByVal Formula As String, ByVal At As Long) As Long
    Dim Mark As Variant
    Dim Start As Long
    Dim File As String
    CrmPrefix = At
    For Each Mark In Array("_xludf.", "_xll.", "_xldudf_")
        If LCase$(Right$(Left$(Formula, CrmPrefix - 1), Len(Mark))) = Mark Then CrmPrefix = CrmPrefix - Len(Mark)
    Next Mark
    Start = CrmPrefix - 2
    If Start < 1 Then Exit Function
    If Mid$(Formula, Start + 1, 1) <> "!" Then Exit Function
    If Mid$(Formula, Start, 1) = "'" Then
        Start = Start - 1
        Do While Start > 1
            If Mid$(Formula, Start, 1) <> "'" Then
                Start = Start - 1
            ElseIf Mid$(Formula, Start - 1, 1) = "'" Then
                Start = Start - 2  'an apostrophe in the name of a folder stands twice
            Else
                Exit Do
            End If
        Loop
    Else
        Do While Mid$(Formula, Start, 1) Like "[A-Za-z0-9_.]"
            Start = Start - 1
            If Start = 0 Then Exit Do
        Loop
        Start = Start + 1
    End If
    File = LCase$(Replace(Mid$(Formula, Start, CrmPrefix - Start), "'", ""))
    If File Like "*.xlam!" Or File Like "*.xla!" Then CrmPrefix = Start
End Function

'Enters a formula as a person would, spilling where Excel can; says whether that was possible.
Private Function CrmEnter(ByVal Cell As Object, ByVal Formula As String) As Boolean
    Dim Spills As Boolean
    Dim Fixed As Boolean
    On Error Resume Next
    Spills = Cell.HasSpill
    Fixed = Cell.HasArray
    If Fixed Then Fixed = Not Spills And Cell.CurrentArray.Count > 1
    Err.Clear
    If Fixed Then
        Cell.CurrentArray.FormulaArray = Formula
    Else
        Cell.Formula2 = Formula
        If Err.Number = 438 Then
            Err.Clear
            Cell.Formula = Formula
        End If
    End If
    CrmEnter = (Err.Number = 0)
End Function

'-- sheets without a password --------------------------------------------------------------------------------------

'Takes the protection off the sheets that have no password, and returns how each was protected.
Private Function CrmOpenSheets(ByVal Book As Workbook) As Collection
    Dim Sheet As Worksheet
    Dim Kept As Variant
    Dim Found As Collection
    Set Found = New Collection
    Set CrmOpenSheets = Found
    On Error Resume Next
    For Each Sheet In Book.Worksheets
        If Sheet.ProtectContents Then
            With Sheet.Protection
                Kept = Array(Sheet, Sheet.ProtectDrawingObjects, Sheet.ProtectScenarios, .AllowFormattingCells, _
                    .AllowFormattingColumns, .AllowFormattingRows, .AllowInsertingColumns, .AllowInsertingRows, _
                    .AllowInsertingHyperlinks, .AllowDeletingColumns, .AllowDeletingRows, .AllowSorting, _
                    .AllowFiltering, .AllowUsingPivotTables, Sheet.ProtectionMode)
            End With
            Sheet.Unprotect ""
            If Not Sheet.ProtectContents Then Found.Add Kept
        End If
    Next Sheet
End Function

Private Sub CrmCloseSheets(ByVal Opened As Collection)
    Dim Kept As Variant
    If Opened Is Nothing Then Exit Sub
    On Error Resume Next
    For Each Kept In Opened
        Kept(0).Protect "", Kept(1), True, Kept(2), Kept(14), Kept(3), Kept(4), Kept(5), Kept(6), Kept(7), Kept(8), _
            Kept(9), Kept(10), Kept(11), Kept(12), Kept(13)
    Next Kept
End Sub

'-- what all of them need -------------------------------------------------------------------------------------------

Private Function CrmHasTable(ByVal TableName As String) As Boolean
    Dim Sheet As Worksheet
    Dim Table As ListObject
    For Each Sheet In ActiveWorkbook.Worksheets
        For Each Table In Sheet.ListObjects
            If StrComp(Table.Name, TableName, vbTextCompare) = 0 Then CrmHasTable = True
        Next Table
    Next Sheet
End Function

'Calls a function of crm_xl.hosts.excel.macros with one argument and returns the text that it gives.
Private Function CrmAsk(ByVal FunctionName As String, ByVal Argument As Variant) As String
    Dim Python As Object
    Set Python = XLPy()
    CrmAsk = Python.Str(Python.Call(Python.Module("crm_xl.hosts.excel.macros"), FunctionName, Python.Tuple(Argument)))
End Function

Public Function CrmChinese() As Boolean
    If Not CrmLanguageRead Then
        CrmLanguageChinese = (LCase$(GetConfig("LANGUAGE", "en")) = "zh")
        CrmLanguageRead = True
    End If
    CrmChinese = CrmLanguageChinese
End Function

'MsgBox of VBA loses Chinese on an English Windows; this window does not, and stands before Excel's.
Private Sub CrmTell(ByVal Message As String)
    WScript.Popup Message, 0, "CRM", 64 + vbSystemModal
End Sub
