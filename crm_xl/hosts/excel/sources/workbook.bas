Option Explicit

'What is opened after the add-in is looked through as well: WorkbookOpen of the application, not of one workbook.
Private WithEvents CrmApplication As Application

Private Sub Workbook_Open()
    #If Not Mac Then
        Set CrmApplication = Application
        'Not at once: while Excel starts there may be no workbook yet.
        Application.OnTime Now, "'" & ThisWorkbook.Name & "'!CrmStart"
    #End If
End Sub

Private Sub CrmApplication_WorkbookOpen(ByVal Wb As Workbook)
    CrmOpened Wb
End Sub
