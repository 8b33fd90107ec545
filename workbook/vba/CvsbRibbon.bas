Option Explicit
' One procedure for each button of the CVSB tab (ribbon/customUI14.xml names them). Nothing is decided here.

Public Sub CvsbUpdate(control As Object)
    CvsbPress "update", ""
End Sub

Public Sub CvsbCheck(control As Object)
    CvsbPress "check", ""
End Sub

Public Sub CvsbDue(control As Object)
    CvsbPress "due", ""
End Sub

Public Sub CvsbUndo(control As Object)
    CvsbPress "undo", ""
End Sub

Public Sub CvsbIssue(control As Object)
    CvsbPress "issue", ""
End Sub

Public Sub CvsbMerge(control As Object)
    CvsbPress "merge", ""
End Sub

Public Sub CvsbMergeChosen(control As Object)
    Dim chosen As String
    chosen = CvsbChosenFiles()
    If chosen <> "" Then CvsbPress "merge", chosen
End Sub

Public Sub CvsbResolve(control As Object)
    CvsbPress "resolve", ""
End Sub

Public Sub CvsbPull(control As Object)
    CvsbPress "pull", ""
End Sub

Public Sub CvsbPublish(control As Object)
    CvsbPress "publish", ""
End Sub

Public Sub CvsbChase(control As Object)
    CvsbPress "chase", ""
End Sub

Public Sub CvsbToday(control As Object)
    CvsbGoTo "Today|Heddiw"
End Sub

Public Sub CvsbConflicts(control As Object)
    CvsbGoTo "Conflicts|Gwrthdaro"
End Sub

Public Sub CvsbBoard(control As Object)
    CvsbPress "board", ""
End Sub

Public Sub CvsbCrg(control As Object)
    CvsbPress "crg", ""
End Sub

Public Sub CvsbPlan(control As Object)
    CvsbPress "plan", ""
End Sub

Public Sub CvsbMapf(control As Object)
    CvsbPress "mapf", ""
End Sub

Public Sub CvsbDashboard(control As Object)
    CvsbPress "dashboard", ""
End Sub

Public Sub CvsbRatify(control As Object)
    CvsbPress "ratify", ""
End Sub

Public Sub CvsbRecord(control As Object)
    CvsbPress "record", ""
End Sub

Public Sub CvsbChanges(control As Object)
    CvsbPress "changes", ""
End Sub

Public Sub CvsbProve(control As Object)
    CvsbPress "prove", ""
End Sub

Public Sub CvsbProgress(control As Object)
    CvsbPress "progress", ""
End Sub

Public Sub CvsbExport(control As Object)
    CvsbPress "export", ""
End Sub

Public Sub CvsbGuide(control As Object)
    CvsbGoTo "Guide|Canllaw"
End Sub

Public Sub CvsbDoctor(control As Object)
    CvsbPress "doctor", ""
End Sub

Public Sub CvsbLastRun(control As Object)
    CvsbShowLastRun
End Sub
