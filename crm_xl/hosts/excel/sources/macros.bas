Option Explicit
'Public here are what the ribbon calls and the two procedures that Excel calls after a workbook was opened.
'None of them is a function, so that no formula can call one; the option keeps them out of the macro dialog.
Option Private Module

Private Const CrmNamePattern As String = "CRM_"
Private Const CrmLarge As Long = 200000
Private Declare PtrSafe Function CrmShow Lib "user32" Alias "MessageBoxW" _
    (ByVal Owner As LongPtr, ByVal Message As LongPtr, ByVal Title As LongPtr, ByVal Kind As Long) As Long
Private Bridge As New CrmBridge
Private Words As New CrmWords
Private CrmRibbon As IRibbonUI
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
    Words.Chinese = CrmChinese()
    Words.Register
    If Err.Number <> 0 Then
        Err.Clear
        ThisWorkbook.IsAddin = False
        Words.Register
        ThisWorkbook.IsAddin = True
    End If
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
End Sub

'-- buttons ---------------------------------------------------------------------------------------------------------

'Computes every CRM_ formula of the workbook anew, from what stands in the cells now.
Private Sub CrmRecalculate()
    Dim Sheet As Worksheet
    If ActiveWorkbook Is Nothing Then Exit Sub
    On Error GoTo failed
    Bridge.Press "forget", ""
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
Private Sub CrmCheck()
    CrmWithNotes "check"
End Sub

Private Sub CrmClearNotes()
    CrmWithNotes "clear_notes"
End Sub

'Calls a function that writes or removes notes; sheets protected without a password are open to it meanwhile.
Private Sub CrmWithNotes(ByVal FunctionName As String)
    Dim Opened As Collection
    Dim Message As String
    If ActiveWorkbook Is Nothing Then Exit Sub
    Set Opened = CrmOpenSheets(ActiveWorkbook)
    On Error GoTo failed
    Message = Bridge.Press(FunctionName, ActiveWorkbook)
    CrmCloseSheets Opened
    If Len(Message) > 0 Then CrmTell Message
    Exit Sub
failed:
    CrmCloseSheets Opened
    CrmTell CrmSay("excel_no_answer")
End Sub

'Asks for a cell and enters the breakdown of the workbook's costs there.
Private Sub CrmBreakdown()
    Dim Target As Object
    Dim Formula As String
    Dim Here As String
    If ActiveWorkbook Is Nothing Then Exit Sub
    If Not CrmHasTable("Costs") Then
        CrmTell CrmSay("excel_no_costs")
        Exit Sub
    End If
    Formula = "=CRM_BREAKDOWN(Costs[#All])"
    If CrmHasTable("Assumptions") Then Formula = "=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])"
    'A sheet that is one chart has no active cell.
    If Not ActiveCell Is Nothing Then Here = ActiveCell.Address
    'Cancel gives no object.
    On Error Resume Next
    Set Target = Application.InputBox(CrmSay("excel_where"), CrmSay("excel_breakdown"), Here, Type:=8)
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
Private Sub CrmRefresh()
    If ActiveWorkbook Is Nothing Then Exit Sub
    If CrmCarries(ActiveWorkbook) Then
        CrmTell CrmSay("excel_carries")
        Exit Sub
    End If
    Select Case CrmBind(ActiveWorkbook, True)
        Case -1: CrmTell CrmSay("excel_no_answer")
        Case Is > 0: CrmTell CrmSay("excel_not_bound")
    End Select
End Sub

'Changes between English and Chinese: ribbon, function wizard, messages. Python keeps the choice in the settings.
Private Sub CrmLanguage()
    Dim Chosen As String
    Dim Message As String
    Chosen = "zh"
    If CrmChinese() Then Chosen = "en"
    On Error GoTo failed
    Message = Bridge.Press("use_language", Chosen)
    If Len(Message) > 0 Then
        CrmTell Message
        Exit Sub
    End If
    Bridge.Forget
    CrmRegister
    If Not CrmRibbon Is Nothing Then CrmRibbon.Invalidate
    CrmRecalculate
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

'Enters CRM_ formulas of a workbook anew where that is needed, or every one. Returns how many stay broken; -1 where
'Python does not answer: then everything stays as it is stored, since a calculation would only give errors.
Private Function CrmBind(ByVal Book As Workbook, ByVal Every As Boolean) As Long
    Dim Cell As Object
    Dim Found As Collection
    Dim Opened As Collection
    Dim Events As Boolean
    Events = Application.EnableEvents
    On Error GoTo failed
    If CrmFormulas(Book, True).Count = 0 Then Exit Function
    If Not Bridge.Answers() Then
        CrmBind = -1
        Exit Function
    End If
    'Most of the broken ones are bound by that alone, and the workbook stays as it was saved.
    If CrmFormulas(Book, False).Count > 0 Then Application.CalculateFullRebuild
    If Every Then Set Found = CrmFormulas(Book, True) Else Set Found = CrmUnsound(Book)
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
            ElseIf CrmIsBroken(Cell) Then
                Found.Add Cell
            End If
        Next Cell
    Next Sheet
End Function

'The broken cells, and all of a sheet on which stored values hide that its formulas reach no function.
Private Function CrmUnsound(ByVal Book As Workbook) As Collection
    Dim Sheet As Worksheet
    Dim Cell As Object
    Dim Cells As Collection
    Dim Found As Collection
    Dim Holds As Boolean
    Set Found = New Collection
    Set CrmUnsound = Found
    For Each Sheet In Book.Worksheets
        Set Cells = CrmCells(Sheet)
        If Cells.Count > 0 Then
            Holds = CrmHolds(CrmProbe(Cells))
            For Each Cell In Cells
                If Not Holds Then
                    Found.Add Cell
                ElseIf CrmIsBroken(Cell) Then
                    Found.Add Cell
                End If
            Next Cell
        End If
    Next Sheet
End Function

'The cell of a sheet that is tried: one that is a CRM_ call alone, since others may turn an error into a number.
Private Function CrmProbe(ByVal Cells As Collection) As Object
    Dim Cell As Object
    Set CrmProbe = Cells.Item(1)
    For Each Cell In Cells
        If InStr(1, CrmPlain(CrmFormula(Cell)), "=" & CrmNamePattern, vbTextCompare) = 1 Then
            Set CrmProbe = Cell
            Exit Function
        End If
    Next Cell
End Function

'Whether a cell, calculated, keeps the value that was stored, and its formula, read anew, gives that value too.
Private Function CrmHolds(ByVal Cell As Object) As Boolean
    Dim Stored As Variant
    Dim Anew As Variant
    Stored = Cell.Value2
    Cell.Calculate
    CrmHolds = CrmSame(Stored, Cell.Value2)
    'IFERROR hides a formula that reaches nothing, before and after; a longer text Evaluate does not take.
    If Not CrmHolds Or Len(CrmFormula(Cell)) > 255 Then Exit Function
    Anew = Cell.Worksheet.Evaluate(CrmFormula(Cell))
    CrmHolds = CrmSame(CrmFirst(Anew), Cell.Value2)
End Function

'A value, or the first one of an array.
Private Function CrmFirst(ByVal Value As Variant) As Variant
    Dim Part As Variant
    CrmFirst = Value
    If Not IsArray(Value) Then Exit Function
    For Each Part In Value
        CrmFirst = Part
        Exit Function
    Next Part
End Function

'Whether two values of cells are the same: errors by their number, numbers but for their last digits.
Private Function CrmSame(ByVal One As Variant, ByVal Other As Variant) As Boolean
    If IsError(One) Or IsError(Other) Then
        If IsError(One) And IsError(Other) Then CrmSame = (CStr(One) = CStr(Other))
    ElseIf VarType(One) = vbDouble And VarType(Other) = vbDouble Then
        CrmSame = Abs(One - Other) <= 0.000000001 * (Abs(One) + Abs(Other))
    Else
        CrmSame = (StrComp(CStr(One), CStr(Other), vbBinaryCompare) = 0)
    End If
End Function

Private Function CrmIsBroken(ByVal Cell As Object) As Boolean
    CrmIsBroken = CrmIsUnbound(Cell)
    If Not CrmIsBroken Then CrmIsBroken = (CrmPlain(Cell.Formula) <> Cell.Formula)
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

Private Function CrmSay(ByVal Key As String) As String
    Words.Chinese = CrmChinese()
    CrmSay = Words.Say(Key)
End Function

Private Function CrmChinese() As Boolean
    CrmChinese = (LCase$(Bridge.Setting("LANGUAGE")) = "zh")
End Function

'MsgBox of VBA loses Chinese on an English Windows; this window does not, and stands before Excel's (vbSystemModal).
Private Sub CrmTell(ByVal Message As String)
    CrmShow 0, StrPtr(Message), StrPtr("CRM"), vbInformation + vbSystemModal
End Sub
