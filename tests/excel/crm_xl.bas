Attribute VB_Name = "crm_xl_udfs"
'Made by crm-xl from its registry of functions and xlwings' generator: changes are lost with the next one.
'In a workbook of your own: xlwings' module or reference belongs beside it, and CrmRegisterHelp, called once when the
'workbook is opened (True for Chinese), gives the function wizard its texts.
#Const App = "Microsoft Excel"
Private CrmTexts() As String
Private CrmCount As Long

Function CRM_ALLOCATE(pool, keys, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_ALLOCATE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ALLOCATE", Array(pool, keys, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_ALLOCATE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ALLOCATE", Array(pool, keys, assumptions)))
        Exit Function
    #End If
failed:
    CRM_ALLOCATE = CVErr(2015)
End Function

Function CRM_AMORTISATION(costs, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_AMORTISATION = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_AMORTISATION", Array(costs, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_AMORTISATION = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_AMORTISATION", Array(costs, assumptions)))
        Exit Function
    #End If
failed:
    CRM_AMORTISATION = CVErr(2015)
End Function

Function CRM_BREAKDOWN(costs, Optional assumptions, Optional rows, Optional columns)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_BREAKDOWN = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_BREAKDOWN", Array(costs, assumptions, rows, columns), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_BREAKDOWN = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_BREAKDOWN", Array(costs, assumptions, rows, columns)))
        Exit Function
    #End If
failed:
    CRM_BREAKDOWN = CVErr(2015)
End Function

Function CRM_CASHFLOW(costs, Optional benefits, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_CASHFLOW = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CASHFLOW", Array(costs, benefits, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_CASHFLOW = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CASHFLOW", Array(costs, benefits, assumptions)))
        Exit Function
    #End If
failed:
    CRM_CASHFLOW = CVErr(2015)
End Function

Function CRM_CATALOGUE(Optional vendor, Optional catalogue)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_CATALOGUE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CATALOGUE", Array(vendor, catalogue), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_CATALOGUE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CATALOGUE", Array(vendor, catalogue)))
        Exit Function
    #End If
failed:
    CRM_CATALOGUE = CVErr(2015)
End Function

Function CRM_CHECK(Optional costs, Optional assumptions, Optional benefits, Optional actuals, Optional scenarios, Optional drivers, Optional options, Optional usage, Optional keys, Optional catalogue, Optional tiers, Optional coefficients, Optional actual)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_CHECK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CHECK", Array(costs, assumptions, benefits, actuals, scenarios, drivers, options, usage, keys, catalogue, tiers, coefficients, actual), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_CHECK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_CHECK", Array(costs, assumptions, benefits, actuals, scenarios, drivers, options, usage, keys, catalogue, tiers, coefficients, actual)))
        Exit Function
    #End If
failed:
    CRM_CHECK = CVErr(2015)
End Function

Function CRM_COMPARE(options, Optional assumptions, Optional catalogue, Optional tiers)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_COMPARE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_COMPARE", Array(options, assumptions, catalogue, tiers), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_COMPARE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_COMPARE", Array(options, assumptions, catalogue, tiers)))
        Exit Function
    #End If
failed:
    CRM_COMPARE = CVErr(2015)
End Function

Function CRM_ESTIMATE(users, Optional size, Optional platform, Optional market, Optional management, Optional assumptions, Optional coefficients)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_ESTIMATE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ESTIMATE", Array(users, size, platform, market, management, assumptions, coefficients), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_ESTIMATE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ESTIMATE", Array(users, size, platform, market, management, assumptions, coefficients)))
        Exit Function
    #End If
failed:
    CRM_ESTIMATE = CVErr(2015)
End Function

Function CRM_IRR(costs, Optional benefits, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_IRR = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_IRR", Array(costs, benefits, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_IRR = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_IRR", Array(costs, benefits, assumptions)))
        Exit Function
    #End If
failed:
    CRM_IRR = CVErr(2015)
End Function

Function CRM_LICENCE(users, price, Optional metric, Optional modules, Optional minimum, Optional tiers, Optional mode, Optional frequency, Optional months)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_LICENCE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_LICENCE", Array(users, price, metric, modules, minimum, tiers, mode, frequency, months), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_LICENCE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_LICENCE", Array(users, price, metric, modules, minimum, tiers, mode, frequency, months)))
        Exit Function
    #End If
failed:
    CRM_LICENCE = CVErr(2015)
End Function

Function CRM_NPV(costs, Optional benefits, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_NPV = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_NPV", Array(costs, benefits, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_NPV = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_NPV", Array(costs, benefits, assumptions)))
        Exit Function
    #End If
failed:
    CRM_NPV = CVErr(2015)
End Function

Function CRM_PAYBACK(costs, Optional benefits, Optional assumptions, Optional method)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_PAYBACK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PAYBACK", Array(costs, benefits, assumptions, method), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_PAYBACK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PAYBACK", Array(costs, benefits, assumptions, method)))
        Exit Function
    #End If
failed:
    CRM_PAYBACK = CVErr(2015)
End Function

Function CRM_PER_ACTIVE_USER(costs, Optional active_users, Optional assumptions, Optional per)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_PER_ACTIVE_USER = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PER_ACTIVE_USER", Array(costs, active_users, assumptions, per), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_PER_ACTIVE_USER = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PER_ACTIVE_USER", Array(costs, active_users, assumptions, per)))
        Exit Function
    #End If
failed:
    CRM_PER_ACTIVE_USER = CVErr(2015)
End Function

Function CRM_PER_USER(costs, Optional users, Optional assumptions, Optional per)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_PER_USER = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PER_USER", Array(costs, users, assumptions, per), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_PER_USER = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PER_USER", Array(costs, users, assumptions, per)))
        Exit Function
    #End If
failed:
    CRM_PER_USER = CVErr(2015)
End Function

Function CRM_PRICE(vendor, edition, Optional currency_, Optional date_, Optional catalogue, Optional billing)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_PRICE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PRICE", Array(vendor, edition, currency_, date_, catalogue, billing), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_PRICE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_PRICE", Array(vendor, edition, currency_, date_, catalogue, billing)))
        Exit Function
    #End If
failed:
    CRM_PRICE = CVErr(2015)
End Function

Function CRM_RISK(costs, Optional percentiles, Optional trials, Optional seed, Optional assumptions, Optional distribution, Optional correlation)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_RISK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_RISK", Array(costs, percentiles, trials, seed, assumptions, distribution, correlation), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_RISK = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_RISK", Array(costs, percentiles, trials, seed, assumptions, distribution, correlation)))
        Exit Function
    #End If
failed:
    CRM_RISK = CVErr(2015)
End Function

Function CRM_ROI(costs, Optional benefits, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_ROI = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ROI", Array(costs, benefits, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_ROI = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_ROI", Array(costs, benefits, assumptions)))
        Exit Function
    #End If
failed:
    CRM_ROI = CVErr(2015)
End Function

Function CRM_SAVINGS(costs, usage, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_SAVINGS = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SAVINGS", Array(costs, usage, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_SAVINGS = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SAVINGS", Array(costs, usage, assumptions)))
        Exit Function
    #End If
failed:
    CRM_SAVINGS = CVErr(2015)
End Function

Function CRM_SCENARIO(costs, scenarios, Optional name, Optional assumptions, Optional benefits)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_SCENARIO = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SCENARIO", Array(costs, scenarios, name, assumptions, benefits), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_SCENARIO = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SCENARIO", Array(costs, scenarios, name, assumptions, benefits)))
        Exit Function
    #End If
failed:
    CRM_SCENARIO = CVErr(2015)
End Function

Function CRM_SCHEDULE(costs, Optional assumptions, Optional view)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_SCHEDULE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SCHEDULE", Array(costs, assumptions, view), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_SCHEDULE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SCHEDULE", Array(costs, assumptions, view)))
        Exit Function
    #End If
failed:
    CRM_SCHEDULE = CVErr(2015)
End Function

Function CRM_SENSITIVITY(costs, drivers, Optional assumptions, Optional benefits)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_SENSITIVITY = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SENSITIVITY", Array(costs, drivers, assumptions, benefits), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_SENSITIVITY = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_SENSITIVITY", Array(costs, drivers, assumptions, benefits)))
        Exit Function
    #End If
failed:
    CRM_SENSITIVITY = CVErr(2015)
End Function

Function CRM_TOTAL(costs, Optional assumptions, Optional component, Optional year, Optional department)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_TOTAL = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_TOTAL", Array(costs, assumptions, component, year, department), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_TOTAL = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_TOTAL", Array(costs, assumptions, component, year, department)))
        Exit Function
    #End If
failed:
    CRM_TOTAL = CVErr(2015)
End Function

Function CRM_VALUE(costs, Optional benefits, Optional assumptions)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_VALUE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VALUE", Array(costs, benefits, assumptions), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_VALUE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VALUE", Array(costs, benefits, assumptions)))
        Exit Function
    #End If
failed:
    CRM_VALUE = CVErr(2015)
End Function

Function CRM_VARIANCE(budget, Optional actual, Optional by)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_VARIANCE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VARIANCE", Array(budget, actual, by), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_VARIANCE = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VARIANCE", Array(budget, actual, by)))
        Exit Function
    #End If
failed:
    CRM_VARIANCE = CVErr(2015)
End Function

Function CRM_VERSION()
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        On Error GoTo failed
        CRM_VERSION = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VERSION", Array(), ThisWorkbook, Application.Caller))
        Exit Function
    #Else
        CRM_VERSION = CrmResult(XLPy.CallUDF("crm_xl.hosts.excel.udfs", "CRM_VERSION", Array()))
        Exit Function
    #End If
failed:
    CRM_VERSION = CVErr(2015)
End Function


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

Public Sub CrmRegisterHelp(ByVal Chinese As Boolean)
    CrmHelp_CRM_TOTAL Chinese
    CrmHelp_CRM_BREAKDOWN Chinese
    CrmHelp_CRM_SCHEDULE Chinese
    CrmHelp_CRM_PER_USER Chinese
    CrmHelp_CRM_PER_ACTIVE_USER Chinese
    CrmHelp_CRM_NPV Chinese
    CrmHelp_CRM_IRR Chinese
    CrmHelp_CRM_ROI Chinese
    CrmHelp_CRM_PAYBACK Chinese
    CrmHelp_CRM_VALUE Chinese
    CrmHelp_CRM_CASHFLOW Chinese
    CrmHelp_CRM_SCENARIO Chinese
    CrmHelp_CRM_SENSITIVITY Chinese
    CrmHelp_CRM_RISK Chinese
    CrmHelp_CRM_PRICE Chinese
    CrmHelp_CRM_CATALOGUE Chinese
    CrmHelp_CRM_COMPARE Chinese
    CrmHelp_CRM_ESTIMATE Chinese
    CrmHelp_CRM_VARIANCE Chinese
    CrmHelp_CRM_ALLOCATE Chinese
    CrmHelp_CRM_SAVINGS Chinese
    CrmHelp_CRM_LICENCE Chinese
    CrmHelp_CRM_AMORTISATION Chinese
    CrmHelp_CRM_CHECK Chinese
    CrmHelp_CRM_VERSION Chinese
End Sub

Private Sub CrmHelp_CRM_TOTAL(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("CRM {57286A21578B516890E85E745EA67684603B6210672CFF0C4E5F53EF53EA53D667D07C7B8D397528300167D04E005E745EA6621667D04E0090E895E83002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{53EA53D66B647C7B8D397528FF1A8F6F4EF68D2D4E7030015B9A52365F0053D130017EF462A4300154585DE557F98BAD300151764ED6FF0C621681EA884C547D540D76847C7B522B3002}")
        CrmText CrmT("{53EA53D66B645E745EA6FF1A6A21578B5E74FF08}1{3001}2{20262026FF0962166A21578B5E745F0059CB62405728768465E553865E743002}")
        CrmText CrmT("{53EA53D66B6490E895E83002}")
    Else
        CrmText "Total cost of the CRM over all years of the model, or of one component, year or department."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "Only this component: licence, customisation, maintenance, training, other, or a name of your own. "
        CrmText CrmT("Only this year: a model year (1, 2, {2026}) or the calendar year in which a model year begins. ")
        CrmText "Only this department. "
    End If
    CrmDescribe "CRM_TOTAL", "CRM"
End Sub

Private Sub CrmHelp_CRM_BREAKDOWN(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{63098D3975287C7B522B3001987976EE300190E895E830014F9B5E94554630019891738762165E745EA6521751FA603B6210672CFF0C542B53606BD4548C54088BA13002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{884CFF1A8D3975287C7B522BFF089ED88BA4FF0930015B5098793001987976EE300190E895E830014F9B5E94554630019891738730014E006B21602762167ECF5E38602730015E0179CD30014F1A8BA15904740630015E745EA6FF1B591A4E2A7528901" & _
        "753F7520696943002}")
        CrmText CrmT("{5217FF1A540C4E0A4E4B4E00FF0C59825E745EA630027701756552194E3A4E0052173002}")
    Else
        CrmText "Table of the total cost by component, item, department, vendor, frequency or year, with shares and a total."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "What stands down: component (default), sub-item, item, department, vendor, frequency, one-off or recurring, currency, treatment, year; several with commas. "
        CrmText "What stands across: one of the same, such as year. Left out: one column. "
    End If
    CrmDescribe "CRM_BREAKDOWN", "CRM"
End Sub

Private Sub CrmHelp_CRM_SCHEDULE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{63098D3975287C7B522B548C5E745EA6521751FA6210672CFF1A73B091D153E35F846216635F76CA53E35F843002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{73B091D1FF089ED88BA4FF09FF1A63094ED86B3E5E745EA6FF1B635F76CAFF1A63094F1A8BA1590474065206644A3002}")
    Else
        CrmText "Table of the cost by component and year, as cash paid or as charged to profit and loss."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "cash (default): in the year of payment; profit and loss: spread as the accounting treatment says. "
    End If
    CrmDescribe "CRM_SCHEDULE", "CRM"
End Sub

Private Sub CrmHelp_CRM_PER_USER(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{6BCF4E2A752862377684603B6210672CFF1A5168671F30016BCF5E7462166BCF67083002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{75286237657030027701756565F653D650478BBE4E2D7684201C752862376570201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{5168671FFF089ED88BA4FF0930016BCF5E74FF085E735747FF0962166BCF6708FF085E735747FF093002}")
    Else
        CrmText "Total cost for each user: over all years, a year, or a month."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Number of users. Left out: Users among the assumptions. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "total (default): over all years; year: an average year; month: an average month. "
    End If
    CrmDescribe "CRM_PER_USER", "CRM"
End Sub

Private Sub CrmHelp_CRM_PER_ACTIVE_USER(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{6BCF4E2A5B9E96454F7F75287CFB7EDF7684752862377684603B6210672CFF1A5168671F30016BCF5E7462166BCF67083002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{6D3B8DC375286237657030027701756565F653D650478BBE4E2D7684201C6D3B8DC3752862376570201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{5168671FFF089ED88BA4FF0930016BCF5E74FF085E735747FF0962166BCF6708FF085E735747FF093002}")
    Else
        CrmText "Total cost for each user who really uses the system: over all years, a year, or a month."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Number of active users. Left out: Active users among the assumptions. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "total (default): over all years; year: an average year; month: an average month. "
    End If
    CrmDescribe "CRM_PER_ACTIVE_USER", "CRM"
End Sub

Private Sub CrmHelp_CRM_NPV(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{51C073B0503CFF1A653676CA51CF6210672CFF0C629873B052306A21578B671F521D3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Net present value: benefits less costs, discounted to the start of the model."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_NPV", "CRM"
End Sub

Private Sub CrmHelp_CRM_IRR(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{518590E8653676CA7387FF1A4F7F653676CA4E0E6210672C73B0503C76F87B497684629873B073873002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Internal rate of return: the discount rate at which benefits and costs are worth the same."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_IRR", "CRM"
End Sub

Private Sub CrmHelp_CRM_ROI(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{62958D4456DE62A57387FF1AFF08653676CA} {2212} {6210672CFF0900F7} {6210672CFF0C57474E3A73B0503C3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText CrmT("Return on investment: (benefits {2212} costs) {00F7} costs, both at present value.")
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_ROI", "CRM"
End Sub

Private Sub CrmHelp_CRM_PAYBACK(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{62958D4456DE6536671FFF085E74FF09FF1A97596001621652A860013002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{97596001FF089ED88BA4FF09FF1A63095B9E964591D1989DFF1B52A86001FF1A630973B0503C3002}")
    Else
        CrmText "Years until the money is back, simple or discounted."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "simple (default): as the money comes in; discounted: at present value. "
    End If
    CrmDescribe "CRM_PAYBACK", "CRM"
End Sub

Private Sub CrmHelp_CRM_VALUE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{53554F4D6210672C4EF7503CFF1A653676CA} {00F7} {6210672CFF0C57474E3A73B0503C300259274E8E} 1 {8868793A653676CA59274E8E6210672C3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText CrmT("Value for each unit of cost: benefits {00F7} costs, both at present value. Above 1 the CRM brings more than it costs.")
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_VALUE", "CRM"
End Sub

Private Sub CrmHelp_CRM_CASHFLOW(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{56DE62A580CC540E768473B091D16D418868FF1A6210672C4E3A8D1F3001653676CA4E3A6B63300151C0989D30017D2F8BA1300173B0503C3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Table of the cash flow behind the return: costs negative, benefits positive, net, cumulative, present value."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_CASHFLOW", "CRM"
End Sub

Private Sub CrmHelp_CRM_SCENARIO(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{63075B9A60C5666F4E0B7684603B6210672CFF1B4E0D7ED9540D79F05219521751FA516890E860C5666F5E764E0E57FA51C66BD48F833002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E26886859347684653952A88868FF1A60C5666F30015B576BB530018FD07B97FF084E58300152A030018BBE4E3AFF093001503CFF0C4EE553CA900275287684884CFF088D3975287C7B522B3001987976EE300190E895E830014F9B5E945546FF09300" & _
        "2}")
        CrmText CrmT("{60C5666F540D79F03002770175655219521751FA516890E83002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
    Else
        CrmText "Total cost under a named scenario; without a name, a table of all scenarios beside the base."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Changes by name with their header row: Scenario, Field, Operation (multiply, add, set), Value, and which lines (Component, Item, Department, Vendor). "
        CrmText "Name of the scenario. Left out: all of them. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
    End If
    CrmDescribe "CRM_SCENARIO", "CRM"
End Sub

Private Sub CrmHelp_CRM_SENSITIVITY(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{9F99537798CE8868FF1A540456E07D205206522B53D64F4E503C548C9AD8503C300151764F5953D657FA51C665F67684603B6210672CFF0C64465E45592780055728524D3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E268868593476849A7152A856E07D208868FF1A9A7152A856E07D2030015B576BB530018FD07B97FF084E58300152A030018BBE4E3AFF0930014F4E503C30019AD8503CFF0C4EE553CA900275287684884C3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{5E26886859347684653676CA884CFF0C5982} Benefits[#All]{FF1A653676CAFF0C4EE553CA91D1989D621657FA657030016548679C548C53554F4D4EF7503C3002}")
    Else
        CrmText "Tornado table: the total with each driver at its low and high value, the others at base, largest swing first."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Drivers with their header row: Driver, Field, Operation (multiply, add, set), Low, High, and which lines. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and Unit value. "
    End If
    CrmDescribe "CRM_SENSITIVITY", "CRM"
End Sub

Private Sub CrmHelp_CRM_RISK(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{603B6210672C768498CE9669FF1A5E735747503C3001767E52064F4D6570FF0C4EE553CA9AD84E8E70B94F308BA176844E0D53EF988489C18D39FF0C53D681EA4F4E503C3001670053EF80FD503C548C9AD8503C3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("0 {5230} 1 {4E4B95F47684767E52064F4DFF0C53EF4E3A533A57DF621653554E2A503C30027701756565F64E3A} 10%{3001}50%{3001}80%{3001}90%{3002}")
        CrmText CrmT("{6A2162DF6B21657030027701756565F64E3A} 100,000{3002}")
        CrmText CrmT("{540C4E0079CD5B505F975230540C6837768465705B5730027701756565F64E3A} 1{3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("PERT{FF089ED88BA4FF0962164E0989D252065E033002}")
        CrmText CrmT("{4EFB610F4E24884C4E4B95F4768479E976F851737CFB6570FF0C}0{FF0872EC7ACBFF0C9ED88BA4FF095230} 1{300250478BBE72EC7ACB4F1A4F4E4F3079BB65637A0B5EA63002}")
    Else
        CrmText "Risk of the total: mean, percentiles, and the contingency over the point estimate, from Low, Likely and High."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Percentiles between 0 and 1, as a range or one value. Left out: 10 %, 50 %, 80 %, 90 %. "
        CrmText "How many totals to draw. Left out: 100,000. "
        CrmText "The same seed gives the same numbers. Left out: 1. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "PERT (default) or triangular. "
        CrmText "Rank correlation between any two lines, 0 (independent, default) to 1. Independence understates the spread. "
    End If
    CrmDescribe "CRM_RISK", "CRM"
End Sub

Private Sub CrmHelp_CRM_PRICE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{4EF776EE88684E2D67D07248672C768468074EF7FF0C96448BFB53D665E5671FFF1B4EF7683C8FC765E765F6670963D0793A3002}")
        CrmText CrmT("{4F9B5E94554662164EA754C1FF0C5982} HubSpot{3001}Dynamics 365{30015C0F6EE13002}")
        CrmText CrmT("{7248672CFF0C5982} Sales Hub Professional{FF1B540D79F076844E0090E85206552F4E0065F6537353EF3002}")
        CrmText CrmT("{53EA53D64EE56B645E0179CD516C5E0376844EF7683C30027701756565F64F1851487F8E51433002}")
        CrmText CrmT("{53EA53D66B6465E5671F4E4B524D8BFB53D676844EF7683CFF0C5E764EE56B648BA17B974EF7683C768465B065E73002}")
        CrmText CrmT("{60A881EA5DF176844EF776EE8868FF0C5E2688685934FF084F9B5E94554630017248672C300153554EF730015E0179CD300153554F4D300165E5671F300167656E907B49FF09FF0C4F1851484E8E51857F6E4EF776EE88683002}")
        CrmText CrmT("{6BCF670862166BCF5E748BA18D3930027701756565F64F18514863095E74627F8BFA76844EF7683C3002}")
    Else
        CrmText "List price of an edition from the catalogue, with the day on which it was read and a remark when it is old."
        CrmText CrmT("Vendor or product, such as HubSpot, Dynamics 365 or {5C0F6EE1}. ")
        CrmText "Edition, such as Sales Hub Professional; a part of the name is enough where it is the only one. "
        CrmText "Only a price listed in this currency. Left out: US dollars first. "
        CrmText "Only a price read by this day; its age is counted from here. "
        CrmText CrmT("Your own prices with their header row (Vendor, Edition, Price, Currency, Unit, As of, Source {2026}); they go before the shipped ones. ")
        CrmText "monthly or annual. Left out: the price for an annual commitment first. "
    End If
    CrmDescribe "CRM_PRICE", "CRM"
End Sub

Private Sub CrmHelp_CRM_CATALOGUE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{4EF776EE8868FF1A4F9B5E94554630017248672C300153554EF730015E0179CD300153554F4D30018BA18D39300165E5671F300167656E90548C59076CE83002}")
        CrmText CrmT("{53EA52176B644F9B5E9455463002770175655219516890E8521751FA3002}")
        CrmText CrmT("{60A881EA5DF176844EF776EE8868FF0C5E2688685934FF084F9B5E94554630017248672C300153554EF730015E0179CD300153554F4D300165E5671F300167656E907B49FF09FF0C4F1851484E8E51857F6E4EF776EE88683002}")
    Else
        CrmText "The price catalogue as a table: vendor, edition, price, currency, unit, billing, date, source and note."
        CrmText "Only this vendor. Left out: all. "
        CrmText CrmT("Your own prices with their header row (Vendor, Edition, Price, Currency, Unit, As of, Source {2026}); they go before the shipped ones. ")
    End If
    CrmDescribe "CRM_CATALOGUE", "CRM"
End Sub

Private Sub CrmHelp_CRM_COMPARE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{54044F9B5E94554662167248672C5728516890E85E745EA676846210672C5E7652176BD48F83FF1A54047C7B8D397528300154088BA1548C6BCF752862376210672C3002}")
        CrmText CrmT("{5E2688685934768465B96848FF1A65B9684830014F9B5E94554630017248672C3001752862376570FF0C4EE553CA5DF277E5768453554EF730016298626330015B9E65BD8D3930017EF462A48D39300157F98BAD8D397B493002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{60A881EA5DF176844EF776EE8868FF0C5E2688685934FF084F9B5E94554630017248672C300153554EF730015E0179CD300153554F4D300165E5671F300167656E907B49FF09FF0C4F1851484E8E51857F6E4EF776EE88683002}")
        CrmText CrmT("{5E26886859347684657091CF68634F4DFF1A65B9684830018D7759CB657091CF300153554EF73002}")
    Else
        CrmText "Vendors or editions side by side over all years: cost by component, total, and cost for each user."
        CrmText "The options with their header row: Option, Vendor, Edition, Users, and as far as known Price, Discount, Implementation, Maintenance, Training. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText CrmT("Your own prices with their header row (Vendor, Edition, Price, Currency, Unit, As of, Source {2026}); they go before the shipped ones. ")
        CrmText "Volume tiers with their header row: Option, From, Price. "
    End If
    CrmDescribe "CRM_COMPARE", "CRM"
End Sub

Private Sub CrmHelp_CRM_ESTIMATE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{4EC577E5752862376570548C56DB4E2A5F7154CD56E07D2065F67684521D6B654F307B97FF1A54047C7B8D39752876844F4E503C3001670053EF80FD503C548C9AD8503C3002}")
        CrmText CrmT("{5C064F7F75287CFB7EDF76844EBA65703002}")
        CrmText CrmT("{4F014E1A89C46A214E0E97006C42FF1A5C0F578BFF08672C5730300157FA7840FF0930014E2D578BFF089ED88BA4FF0930015927578BFF088DE856FD3001591A8BED8A00300152066790FF093002}")
        CrmText CrmT("{6280672F9009578BFF1A8F7B91CFFF084E91FF093001680751C6FF089ED88BA4FF09300191CD578B3002}")
        CrmText CrmT("{5E02573AFF1A7A335B9A30014E00822CFF089ED88BA4FF0930015FEB901F53D85316FF085B9E65F653CD998830017CBE51C684259500FF093002}")
        CrmText CrmT("{518590E87BA174064E0E6267884C529BFF1A5F3A30014E00822CFF089ED88BA4FF0930015F31FF088BEF7528300166F4591A652F630130014E8C6B215F0053D1FF093002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{60A881EA5DF176847CFB6570FF0C5E2688685934FF087CFB657030014F4E503C3001670053EF80FD503C30019AD8503CFF09FF0C4F1851484E8E51857F6E7CFB65703002}")
    Else
        CrmText "First estimate by component, low, likely and high, when only users and the four factors are known."
        CrmText "People who will use the system. "
        CrmText "Size and needs: small (local, basic), medium (default), large (multinational, many languages, analytics). "
        CrmText "Technology: light (cloud), standard (default), heavy. "
        CrmText "Market: stable, moderate (default), fast-moving (real-time feedback, precise marketing). "
        CrmText "Management and execution: strong, average (default), weak (wrong use, more support, second-round development). "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "Your own coefficients with their header row (Key, Low, Likely, High); they overrule the shipped ones. "
    End If
    CrmDescribe "CRM_ESTIMATE", "CRM"
End Sub

Private Sub CrmHelp_CRM_VARIANCE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{98847B974E0E5B9E96456BD48F83FF1A63098D3975287C7B522B621651764ED65217FF0C521751FA5DEE5F0230015DEE5F02738753CA201C8D85652F201D6216201C82827EA6201D3002}")
        CrmText CrmT("{5E2688685934768498847B97884CFF1A8D3975287C7B522B548C98847B97FF08621691D1989DFF09FF0C4E5F53EF540C65F6542B67095B9E96453002}")
        CrmText CrmT("{5E268868593476845B9E9645884CFF1A8D3975287C7B522B548C5B9E9645FF08621691D1989DFF0930027701756565F653D698847B9788684E2D7684201C5B9E9645201D52173002}")
        CrmText CrmT("{8D3975287C7B522BFF089ED88BA4FF093001987976EE300190E895E830014F9B5E94554662165E745EA63002}")
    Else
        CrmText "Budget against actual by component or another column: variance, percentage and the word overspend or saving."
        CrmText "Budget lines with their header row: Component and Budget (or Amount). May hold Actual as well. "
        CrmText "Actual lines with their header row: Component and Actual (or Amount). Left out: the column Actual of the budget. "
        CrmText "component (default), item, department, vendor or year. "
    End If
    CrmDescribe "CRM_VARIANCE", "CRM"
End Sub

Private Sub CrmHelp_CRM_ALLOCATE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{63095E2D4F4D30014EBA65707B494F9D636E5206644A4E007B1491D1989D6216603B6210672CFF0C54044EFD989D4E4B548C52066BEB4E0D5DEE3002}")
        CrmText CrmT("{89815206644A768491D1989DFF1B62165E268868593476848D397528884CFF0C52195206644A5176603B6210672C3002}")
        CrmText CrmT("{5E268868593476844E245217FF1A540D79F0FF08621690E895E8FF09548C5206644A4F9D636EFF0862165E2D4F4D30014EBA657030016536516530016BD44F8BFF093002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Shares of an amount, or of the total cost, by keys such as seats or head count; they sum to the cent."
        CrmText "The amount to share, or the cost lines with their header row: then their total is shared. "
        CrmText "Two columns with their header row: Name (or Department), and Key (or Seats, Head count, Revenue, Share). "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_ALLOCATE", "CRM"
End Sub

Private Sub CrmHelp_CRM_SAVINGS(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{5404987982827EA663AA65BD5728516890E85E745EA653EF82827EA6768491D1989DFF1A95F27F6E5E2D4F4D3001540890027248672C3001680751C6529F80FD300157287EBF57F98BAD30017EF462A43002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{5E268868593476844F7F752860C551B5FF1A987976EEFF0C4EE553CA5B9E96454F7F75285E2D4F4D3001624097007248672C53554EF73001680751C6529F80FD53606BD4300153EF8F6C57287EBF53606BD43001624097007EF462A453606BD43002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Savings levers with the money that each saves over all years: unused seats, right edition, standard functions, online training, maintenance."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Usage by cost line with its header row: Item, and Active seats, Needed price, Standard share, Online share, Needed share. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_SAVINGS", "CRM"
End Sub

Private Sub CrmHelp_CRM_LICENCE(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{4E005E7476848BB853EF8D39FF1A630975286237621663096A215757FF0C542B67004F4E5E2D4F4D548C657091CF68634F4D3002}")
        CrmText CrmT("{970089818BB853EF76847528623765703002}")
        CrmText CrmT("{4E004E2A75286237FF0862164E004E2A6A215757FF094E004E2A8BA18D395468671F768468074EF73002}")
        CrmText CrmT("{75286237FF089ED88BA4FF09FF1A53554EF7} {00D7} {752862376570FF1B6A215757FF1A53554EF7} {00D7} {6A21575765703002}")
        CrmText CrmT("{529F80FD6A2157576570FF0C4EC5572863096A2157578BA14EF765F64F7F752830027701756565F64E3A} 1{3002}")
        CrmText CrmT("{67004F4E8BA18D39657091CFFF0C5982} 10 {4E2A5E2D4F4D30027701756565F64E3A} 0{3002}")
        CrmText CrmT("{657091CF68634F4DFF0C4E245217FF1A8D7759CB657091CF548C8BE5686353554EF7300253EF5E26886859343002}")
        CrmText CrmT("{516891CFFF089ED88BA4FF09FF1A8FBE5230768468634F4D900275284E8E516890E8657091CFFF1B52066BB5FF1A5404686353554EF753EA900275284E8E8BE5686351857684657091CF3002}")
        CrmText CrmT("{68074EF776848BA18D395468671FFF1A6BCF6708FF089ED88BA4FF0930016BCF5B6330016BCF5E7430014E006B2160273002}")
        CrmText CrmT("{652F4ED876846708657030027701756565F64E3A} 12 {4E2A67083002}")
    Else
        CrmText "Licence cost for a year by users or modules, with minimum seats and volume tiers."
        CrmText "Number of users who get a licence. "
        CrmText "List price of one user, or one module, for one billing period. "
        CrmText CrmT("user (default): price {00D7} users; module: price {00D7} modules. ")
        CrmText "Number of functional modules; counts only when the metric is module. Left out: 1. "
        CrmText "Units billed at least, such as 10 seats. Left out: 0. "
        CrmText "Volume tiers in two columns: from how many units, and the price of a unit there. A header row may stand above. "
        CrmText "volume (default): the tier reached prices all units; graduated: each tier prices the units inside it. "
        CrmText "Billing period of the price: monthly (default), quarterly, annual or one-off. "
        CrmText "Months to pay for. Left out: 12, a year. "
    End If
    CrmDescribe "CRM_LICENCE", "CRM"
End Sub

Private Sub CrmHelp_CRM_AMORTISATION(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{8D44672C53166210672C76845E745EA66EDA52A88868FF1A671F521D3001672C671F8D44672C53163001672C671F644A95003001671F672BFF0C76F481F3644A5B8C3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
    Else
        CrmText "Table of the capitalised cost by year: opening, capitalised, charge, closing, until all is written off."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
    End If
    CrmDescribe "CRM_AMORTISATION", "CRM"
End Sub

Private Sub CrmHelp_CRM_CHECK(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{521751FA88684E2D76846240670995EE9898FF1A884C300152173001586B768451855BB9548C5E94586B51855BB9FF1B6CA1670995EE989865F6663E793A201C6B635E38201D3002}")
        CrmText CrmT("{5E268868593476848D397528884CFF0C5982} Costs[#All] {6216} B4:K60{300281F35C1189816709201C8D3975287C7B522B201DFF0C4EE553CA201C91D1989D201D6216201C657091CF201D548C201C53554EF7201D3002}")
        CrmText CrmT("{4E245217FF1A50478BBE9879548C503CFF0C5982} Assumptions[#All]{FF1A5E74657030018D7759CB65E5671F30015E0179CD30016C477387FF08}USD/CNY 7.10{FF097B4930027701756565F64E3A} 5 {5E743001}CNY{3002}")
        CrmText CrmT("{4E005E7668C067E5653676CA884CFF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E598847B974E0E5B9E9645FF0853EA670998847B974E5F53EFFF09FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E560C5666FFF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E59A7152A856E07D20FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E565B96848FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E54F7F752860C551B5FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E55206644A4F9D636EFF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E581EA67094EF776EE8868FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E565B968487684657091CF68634F4DFF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E581EA67094F307B977CFB6570FF0C533A57DF987B542B886859343002}")
        CrmText CrmT("{4E005E7668C067E5535572EC6210886876845B9E9645FF0C533A57DF987B542B886859343002}")
    Else
        CrmText "List of everything that is wrong with the tables: row, column, the value found and what was expected; or OK."
        CrmText "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity and Unit cost are enough. "
        CrmText "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY 7.10) and so on. Left out: 5 years, CNY. "
        CrmText "Also checked: the benefit lines. Include the header row. "
        CrmText "Also checked: the budget, with or without actuals. Include the header row. "
        CrmText "Also checked: the scenarios. Include the header row. "
        CrmText "Also checked: the drivers of the tornado. Include the header row. "
        CrmText "Also checked: the options to compare. Include the header row. "
        CrmText "Also checked: the usage by cost line. Include the header row. "
        CrmText "Also checked: the allocation keys. Include the header row. "
        CrmText "Also checked: your own prices. Include the header row. "
        CrmText "Also checked: the volume tiers of the options. Include the header row. "
        CrmText "Also checked: your own coefficients of the estimate. Include the header row. "
        CrmText "Also checked: actuals that stand in a table of their own. Include the header row. "
    End If
    CrmDescribe "CRM_CHECK", "CRM"
End Sub

Private Sub CrmHelp_CRM_VERSION(ByVal Chinese As Boolean)
    If Chinese Then
        CrmText CrmT("{4EE37801300151857F6E6570636E548C6A21677F7ED3678476847248672CFF0C75284E8E8BB05F555DE54F5C7C3F75314F557248672C8BA17B973002}")
    Else
        CrmText "Version of the code, the shipped data and the template schema, to record what computed a workbook."
    End If
    CrmDescribe "CRM_VERSION", "CRM"
End Sub

