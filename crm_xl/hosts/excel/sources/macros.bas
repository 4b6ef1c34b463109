Option Explicit

'The buttons of the tab CRM. Each of the public procedures without arguments can be given to a button of a sheet too.
Private Const CrmNamePattern As String = "CRM_"
Private Const CrmLarge As Long = 200000
Private CrmRibbon As IRibbonUI
Private CrmLanguageRead As Boolean
Private CrmLanguageChinese As Boolean

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
    CrmRegister
    CrmBindOpen
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
    Dim Cell As Object
    If ActiveWorkbook Is Nothing Then Exit Sub
    On Error GoTo failed
    CrmAsk "forget", ""
    For Each Sheet In ActiveWorkbook.Worksheets
        For Each Cell In CrmCells(Sheet)
            Cell.Dirty
        Next Cell
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
    If CrmBind(ActiveWorkbook, True) > 0 Then CrmTell CrmSay("excel_not_bound")
End Sub

'Changes between English and Chinese: ribbon, function wizard, messages.
Public Sub CrmLanguage()
    Dim Chosen As String
    Chosen = "zh"
    If CrmChinese() Then Chosen = "en"
    SaveConfigToFile GetConfigFilePath(), "LANGUAGE", Chosen
    CrmLanguageRead = False
    CrmRegister
    If Not CrmRibbon Is Nothing Then CrmRibbon.Invalidate
    On Error GoTo failed
    CrmAsk "use_language", Chosen
    CrmRecalculate
    Exit Sub
failed:
    CrmTell CrmSay("excel_no_answer")
End Sub

'-- binding formulas ------------------------------------------------------------------------------------------------

'Looks through the open workbooks for CRM_ formulas that Excel did not bind when it opened them.
Public Sub CrmBindOpen()
    Dim Book As Workbook
    On Error Resume Next
    For Each Book In Application.Workbooks
        CrmBind Book, False
    Next Book
End Sub

'Returns how many CRM_ formulas of a workbook stay without a function.
Private Function CrmBind(ByVal Book As Workbook, ByVal Every As Boolean) As Long
    Dim Sheet As Worksheet
    Dim Cell As Object
    Dim Entered As String
    Dim Plain As String
    Dim Opened As Collection
    If CrmUnbound(Book) > 0 Then Application.CalculateFullRebuild
    If Not Every And CrmUnbound(Book) = 0 Then Exit Function
    On Error GoTo closing
    Application.EnableEvents = False
    Set Opened = CrmOpenSheets(Book)
    For Each Sheet In Book.Worksheets
        For Each Cell In CrmCells(Sheet)
            Entered = CrmFormula(Cell)
            Plain = CrmPlain(Entered)
            If Every Or Plain <> Entered Or CrmIsUnbound(Cell) Then CrmEnter Cell, Plain
        Next Cell
    Next Sheet
closing:
    CrmCloseSheets Opened
    Application.EnableEvents = True
    CrmBind = CrmUnbound(Book)
End Function

Private Function CrmUnbound(ByVal Book As Workbook) As Long
    Dim Sheet As Worksheet
    Dim Cell As Object
    For Each Sheet In Book.Worksheets
        For Each Cell In CrmCells(Sheet)
            If CrmIsUnbound(Cell) Then CrmUnbound = CrmUnbound + 1
        Next Cell
    Next Sheet
End Function

Private Function CrmIsUnbound(ByVal Cell As Object) As Boolean
    If IsError(Cell.Value) Then CrmIsUnbound = (Cell.Value = CVErr(xlErrName))
End Function

'The cells of a sheet in which CRM_ formulas were entered; what they spill into is left out.
Private Function CrmCells(ByVal Sheet As Worksheet) As Collection
    Dim Used As Range
    Dim Formulas As Variant
    Dim i As Long
    Dim j As Long
    Set CrmCells = New Collection
    Set Used = Sheet.UsedRange
    If Used.CountLarge > CrmLarge Then
        'Excel finds faster than it hands over millions of formulas.
        If Used.Find(What:=CrmNamePattern, LookIn:=xlFormulas, LookAt:=xlPart, MatchCase:=False) Is Nothing Then
            Exit Function
        End If
    End If
    Formulas = Used.Formula
    If Not IsArray(Formulas) Then
        If CrmMentions(Formulas) Then CrmCells.Add Used
        Exit Function
    End If
    For i = 1 To UBound(Formulas, 1)
        For j = 1 To UBound(Formulas, 2)
            If CrmMentions(Formulas(i, j)) Then
                If CrmIsFirst(Used.Cells(i, j)) Then CrmCells.Add Used.Cells(i, j)
            End If
        Next j
    Next i
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
    Dim Pattern As Object
    Set Pattern = CreateObject("VBScript.RegExp")
    Pattern.Global = True
    Pattern.IgnoreCase = True
    Pattern.Pattern = "('[^'!]*\.xlam?'!|[A-Z0-9_.]+\.xlam?!|_xludf\.|_xll\.|_xldudf_)+(?=CRM_)"
    CrmPlain = Pattern.Replace(Formula, "")
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
    Set CrmOpenSheets = New Collection
    On Error Resume Next
    For Each Sheet In Book.Worksheets
        If Sheet.ProtectContents Then
            With Sheet.Protection
                Kept = Array(Sheet, Sheet.ProtectDrawingObjects, Sheet.ProtectScenarios, .AllowFormattingCells, _
                    .AllowFormattingColumns, .AllowFormattingRows, .AllowInsertingColumns, .AllowInsertingRows, _
                    .AllowInsertingHyperlinks, .AllowDeletingColumns, .AllowDeletingRows, .AllowSorting, _
                    .AllowFiltering, .AllowUsingPivotTables)
            End With
            Sheet.Unprotect ""
            If Not Sheet.ProtectContents Then CrmOpenSheets.Add Kept
        End If
    Next Sheet
End Function

Private Sub CrmCloseSheets(ByVal Opened As Collection)
    Dim Kept As Variant
    If Opened Is Nothing Then Exit Sub
    On Error Resume Next
    For Each Kept In Opened
        Kept(0).Protect "", Kept(1), True, Kept(2), False, Kept(3), Kept(4), Kept(5), Kept(6), Kept(7), Kept(8), _
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

'MsgBox of VBA loses Chinese on an English Windows; this window does not.
Private Sub CrmTell(ByVal Message As String)
    WScript.Popup Message, 0, "CRM", 64
End Sub
