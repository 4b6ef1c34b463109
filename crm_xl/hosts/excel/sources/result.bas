'Makes real errors of what Python marked, in one value or in an array of one or two dimensions.
Private Function CrmResult(ByVal Result As Variant) As Variant
    Dim i As Long
    Dim j As Long
    Dim Columns As Long
    If Not IsArray(Result) Then
        CrmResult = CrmValue(Result)
        Exit Function
    End If
    Columns = -1
    On Error Resume Next
    Columns = UBound(Result, 2)
    On Error GoTo 0
    For i = LBound(Result, 1) To UBound(Result, 1)
        If Columns < 0 Then
            Result(i) = CrmValue(Result(i))
        Else
            For j = LBound(Result, 2) To Columns
                If VarType(Result(i, j)) = vbString Then Result(i, j) = CrmValue(Result(i, j))
            Next j
        End If
    Next i
    CrmResult = Result
End Function

Private Function CrmValue(ByVal Value As Variant) As Variant
    CrmValue = Value
    If VarType(Value) = vbString Then
        If Left$(Value, 1) = ChrW$(&HE001) Then CrmValue = CVErr(CLng(Mid$(Value, 2)))
    End If
End Function

'A text that holds characters beyond ASCII as numbers in braces, four digits for each.
Public Function CrmT(ByVal Text As String) As String
    Dim Parts() As String
    Dim Pair() As String
    Dim i As Long
    Dim k As Long
    Parts = Split(Text, "{")
    CrmT = Parts(0)
    For i = 1 To UBound(Parts)
        Pair = Split(Parts(i), "}")
        For k = 1 To Len(Pair(0)) Step 4
            CrmT = CrmT & ChrW$(CLng("&H" & Mid$(Pair(0), k, 4)))
        Next k
        CrmT = CrmT & Pair(1)
    Next i
End Function

'Texts are gathered one after another, the function's own first; CrmDescribe hands them to the wizard.
Private Sub CrmText(ByVal Text As String)
    ReDim Preserve CrmTexts(CrmCount)
    CrmTexts(CrmCount) = Text
    CrmCount = CrmCount + 1
End Sub

Private Sub CrmDescribe(ByVal FunctionName As String, ByVal Category As String)
    Dim Arguments() As String
    Dim Macro As String
    Dim Count As Long
    Dim i As Long
    Count = CrmCount - 1
    CrmCount = 0
    Macro = "'" & ThisWorkbook.Name & "'!" & FunctionName
    If Count = 0 Then
        Application.MacroOptions Macro:=Macro, Description:=CrmTexts(0), Category:=Category
    Else
        ReDim Arguments(1 To Count)
        For i = 1 To Count
            Arguments(i) = CrmTexts(i)
        Next i
        Application.MacroOptions Macro:=Macro, Description:=CrmTexts(0), Category:=Category, _
            ArgumentDescriptions:=Arguments
    End If
End Sub
