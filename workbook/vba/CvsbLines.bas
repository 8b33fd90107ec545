Option Explicit
' Carries out the lines of an answer (cvsb_xl/hosts/lines.py says what each means). First every line is looked at: the
' answer must be whole, and each cell that is to change must still hold what Python saw. Only then is anything written.

Private Const NOTHING_DONE = "Nothing was changed. "

Public Function CvsbApply(ByVal book As Object, ByVal text As String) As String
    Dim lines As Variant, calculation As Long, screen As Boolean, events As Boolean, problem As String
    Dim front As Object, autosave As Boolean, finished As Boolean
    lines = Split(text, vbCrLf)
    problem = WhatIsWrong(lines)
    If problem = "" Then problem = WhatChanged(book, lines)
    If problem <> "" Then
        CvsbApply = problem
        Exit Function
    End If
    calculation = Application.Calculation
    screen = Application.ScreenUpdating
    events = Application.EnableEvents
    autosave = TurnAutoSave(book, False)
    Set front = book.ActiveSheet
    Application.ScreenUpdating = False
    Application.EnableEvents = False
    Application.Calculation = -4135     ' by hand, while cells are written
    CvsbApply = Attempt(book, lines, calculation, finished)
    On Error Resume Next                ' whatever happened, Excel is left as it was
    Application.Calculation = calculation
    Application.EnableEvents = events
    Application.ScreenUpdating = screen
    If autosave And finished Then TurnAutoSave book, True    ' after an error it stays off, so that nothing is kept
    If InStr(text, vbCrLf & "front" & vbTab) = 0 And book.ActiveSheet.Name <> front.Name Then front.Activate
End Function

Private Function Attempt(ByVal book As Object, ByVal lines As Variant, ByVal calculation As Long, finished As Boolean) As String
    Dim saving As Boolean
    On Error GoTo Failure
    Attempt = Done(book, lines, calculation, saving)
    finished = True
    Exit Function
Failure:
    If saving Then
        Attempt = "Everything is changed, but the workbook could not be saved: " & Err.Description & " Save it under another " & _
            "name, or close it without saving."
    Else
        Attempt = "The work stopped in the middle: " & Err.Description & " Close the workbook WITHOUT saving and open it again; " & _
            "the copy that was made before lies with the details."
    End If
End Function

' Tells whether AutoSave was on, and turns it on or off. Excel before Microsoft 365 has none, nor have files outside OneDrive.
Private Function TurnAutoSave(ByVal book As Object, ByVal wanted As Boolean) As Boolean
    On Error Resume Next
    If Not CvsbInExcel() Then Exit Function
    TurnAutoSave = book.AutoSaveOn
    If TurnAutoSave <> wanted Then book.AutoSaveOn = wanted
End Function

Private Function WhatIsWrong(ByVal lines As Variant) As String
    Dim last As Long
    last = UBound(lines) - 1            ' after the last line end stands nothing
    If last < 1 Then
        WhatIsWrong = NOTHING_DONE & "Python gave no answer. The button Doctor says why."
    ElseIf lines(0) <> "cvsb-lines" & vbTab & "1" Then
        WhatIsWrong = NOTHING_DONE & "The add-in and Python are of different versions. Run ""cvsb addin install"" again."
    ElseIf lines(last) <> "end" & vbTab & (last + 1) Then
        WhatIsWrong = NOTHING_DONE & "The answer was cut short. Press the button again."
    Else
        WhatIsWrong = AllOf(lines, "failed")
    End If
End Function

Private Function WhatChanged(ByVal book As Object, ByVal lines As Variant) As String
    Dim one As Variant, parts As Variant, sheet As Object
    On Error GoTo Failure
    For Each one In lines
        If Left$(one, 6) = "sheet" & vbTab Then
            Set sheet = book.Worksheets(CvsbUnescaped(Mid$(one, 7)))
            WhatChanged = WhatIsProtected(book, sheet, lines)
            If WhatChanged <> "" Then Exit Function
        End If
        If Left$(one, 7) = "expect" & vbTab Then
            parts = Split(one, vbTab)
            If Not Holds(sheet.Cells(CLng(parts(1)), CLng(parts(2))), parts(3)) Then
                WhatChanged = NOTHING_DONE & sheet.Name & "!" & sheet.Cells(CLng(parts(1)), CLng(parts(2))).Address & _
                    " changed while Python worked. Press the button again."
                Exit Function
            End If
        End If
    Next
    Exit Function
Failure:
    WhatChanged = NOTHING_DONE & "A sheet or cell is no longer there (" & one & "). Press the button again."
End Function

Private Function WhatIsProtected(ByVal book As Object, ByVal sheet As Object, ByVal lines As Variant) As String
    If Not CvsbInExcel() Then Exit Function
    If sheet.ProtectContents Then
        WhatIsProtected = NOTHING_DONE & "The sheet " & sheet.Name & " is protected. Take the protection off (Review > Unprotect " & _
            "Sheet), then press the button again."
    ElseIf book.ProtectStructure And InStr(Join(lines, vbCrLf), vbCrLf & "show" & vbTab) > 0 Then
        WhatIsProtected = NOTHING_DONE & "The workbook's structure is protected, so no sheet can be shown or hidden. Take the " & _
            "protection off (Review > Protect Workbook), then press the button again."
    End If
End Function

Private Function Done(ByVal book As Object, ByVal lines As Variant, ByVal calculation As Long, saving As Boolean) As String
    Dim one As Variant, parts As Variant, sheet As Object, late As String
    For Each one In lines
        parts = Split(one, vbTab)
        If UBound(parts) >= 0 Then
            Select Case parts(0)
                Case "sheet": Set sheet = book.Worksheets(CvsbUnescaped(parts(1)))
                Case "grow": Grow sheet, parts
                Case "shrink": Shrink sheet, parts
                Case "put": PutRow sheet, parts
                Case "unlink": If CvsbInExcel() Then CellsOf(sheet, CLng(parts(1)), parts(2), CLng(parts(3)), parts(4)).ClearHyperlinks
                Case "link": LinkTo sheet, sheet.Cells(CLng(parts(1)), CLng(parts(2))), CvsbUnescaped(parts(3))
                Case "show": sheet.Visible = (parts(1) = "1")
                Case "save"
                    saving = True
                    Application.Calculation = calculation   ' first, or what it works out would leave the workbook unsaved
                    book.Save
                    saving = False
                Case "document": late = late & CopyDocument(CvsbUnescaped(parts(1)), CvsbUnescaped(parts(2)))
                Case "front": book.Worksheets(CvsbUnescaped(parts(1))).Activate
            End Select
        End If
    Next
    Done = AllOf(lines, "say") & late
End Function

' The workbook is saved by now, so a document that cannot be put in place is no reason to give anything up.
Private Function CopyDocument(ByVal made As String, ByVal place As String) As String
    If Not Copied(made, place) Then
        CopyDocument = vbCrLf & place & " could not be written (is it open?). Close it, and copy " & made & " there."
    End If
End Function

' FileCopy knows no folder with a letter that Windows' own alphabet lacks, such as Welsh w and y with a roof.
Private Function Copied(ByVal made As String, ByVal place As String) As Boolean
    On Error Resume Next
    CreateObject("Scripting.FileSystemObject").CopyFile made, place, True
    Copied = (Err.Number = 0)
    If Not Copied Then
        Err.Clear
        FileCopy made, place
        Copied = (Err.Number = 0)
    End If
End Function

' parts: grow, table, like, first column, last column, row of headings, last row, new last row
Private Sub Grow(ByVal sheet As Object, ByVal parts As Variant)
    Dim model As Object, row As Long, like_row As Long, last As Long, new_last As Long
    like_row = CLng(parts(2))
    last = CLng(parts(6))
    new_last = CLng(parts(7))
    ShowAll sheet, CvsbUnescaped(parts(1))
    If Not CvsbInExcel() Then   ' LibreOffice's Basic does not know tables, but they grow with what is put inside
        CellsOf(sheet, last, parts(3), new_last - 1, parts(4)).Insert -4121
        CellsOf(sheet, new_last, parts(3), new_last, parts(4)).Copy sheet.Cells(last, CLng(parts(3)))
    End If
    Set model = CellsOf(sheet, like_row, parts(3), like_row, parts(4))
    For row = last + 1 To new_last
        model.Copy sheet.Cells(row, CLng(parts(3)))
    Next
    If CvsbInExcel() Then CellsOf(sheet, last + 1, parts(3), new_last, parts(4)).ClearComments    ' a note is its own row's
    If CvsbInExcel() And parts(1) <> "" Then
        sheet.ListObjects(CvsbUnescaped(parts(1))).Resize CellsOf(sheet, CLng(parts(5)), parts(3), new_last, parts(4))
    End If
End Sub

' parts: shrink, table, first column, last column, row of headings, last row, new last row
Private Sub Shrink(ByVal sheet As Object, ByVal parts As Variant)
    Dim gone As Object
    ShowAll sheet, CvsbUnescaped(parts(1))
    Set gone = CellsOf(sheet, CLng(parts(6)) + 1, parts(2), CLng(parts(5)), parts(3))
    If Not CvsbInExcel() Then
        gone.Delete -4162
        Exit Sub
    End If
    gone.ClearContents
    If parts(1) <> "" Then
        sheet.ListObjects(CvsbUnescaped(parts(1))).Resize CellsOf(sheet, CLng(parts(4)), parts(2), CLng(parts(6)), parts(3))
    End If
    gone.ClearFormats
End Sub

Private Function CellsOf(ByVal sheet As Object, ByVal row1 As Long, ByVal column1 As Variant, ByVal row2 As Long, _
        ByVal column2 As Variant) As Object
    Set CellsOf = sheet.Range(sheet.Cells(row1, CLng(column1)), sheet.Cells(row2, CLng(column2)))
End Function

' Excel copies and clears only the rows that a filter shows.
Private Sub ShowAll(ByVal sheet As Object, ByVal table As String)
    If Not CvsbInExcel() Or table = "" Then Exit Sub
    If Not sheet.ListObjects(table).ShowAutoFilter Then Exit Sub
    If sheet.ListObjects(table).AutoFilter.FilterMode Then sheet.ListObjects(table).AutoFilter.ShowAllData
End Sub

' Excel gives a cell with a link the style Hyperlink, with a typeface of its own: what the cell had is put back.
Private Sub LinkTo(ByVal sheet As Object, ByVal cell As Object, ByVal place As String)
    Dim face As Variant, points As Variant
    If Not CvsbInExcel() Then Exit Sub
    face = cell.Font.Name
    points = cell.Font.Size
    sheet.Hyperlinks.Add cell, "", place
    If Not IsNull(face) Then cell.Font.Name = face
    If Not IsNull(points) Then cell.Font.Size = points
End Sub

Private Sub PutRow(ByVal sheet As Object, ByVal parts As Variant)
    Dim at As Long
    For at = 3 To UBound(parts)
        PutOne sheet.Cells(CLng(parts(1)), CLng(parts(2)) + at - 3), parts(at)
    Next
End Sub

' Text is first made text, so that "1/2" stays what it is and "=1+1" is never a formula.
Private Sub PutOne(ByVal cell As Object, ByVal coded As String)
    Dim rest As String
    rest = Mid$(coded, 2)
    Select Case Left$(coded, 1)
        Case "e"
            cell.ClearContents
        Case "t"
            If cell.NumberFormat <> "@" Then cell.NumberFormat = "@"
            rest = CvsbUnescaped(rest)
            If Left$(rest, 1) <> "'" Then
                cell.Value = rest
            Else
                cell.Value = "'" & rest     ' the first apostrophe marks a text, and is dropped
                If CStr(cell.Value) <> rest Then cell.Value = rest
            End If
        Case "n"
            If cell.NumberFormat = "@" Then cell.NumberFormat = "General"
            cell.Value = Val(rest)
        Case "d"
            If cell.NumberFormat = "@" Or cell.NumberFormat = "General" Then
                cell.NumberFormat = IIf(InStr(rest, ".") > 0, "dd/mm/yyyy hh:mm", "dd/mm/yyyy")
            End If
            cell.Value = Val(rest) - DaysTo1904(cell)
        Case "b"
            cell.Value = (rest = "1")
    End Select
End Sub

' A workbook from an old Mac counts its days from 1904.
Private Function DaysTo1904(ByVal cell As Object) As Long
    If CvsbInExcel() Then
        If cell.Parent.Parent.Date1904 Then DaysTo1904 = 1462
    End If
End Function

Private Function Holds(ByVal cell As Object, ByVal coded As String) As Boolean
    Dim held As Variant, rest As String
    held = cell.Value
    rest = Mid$(coded, 2)
    If IsError(held) Then
        Holds = (Left$(coded, 1) = "x")
        Exit Function
    End If
    Select Case Left$(coded, 1)
        Case "e": Holds = (CStr(held) = "")
        Case "t": Holds = (Plain(CStr(held)) = Plain(CvsbUnescaped(rest)))
        Case "n": If IsNumeric(held) Then Holds = (Abs(CDbl(held) - Val(rest)) <= Abs(Val(rest)) * 0.0000000001)
        Case "d": If IsDate(held) Or IsNumeric(held) Then Holds = (Abs(CDbl(held) - Val(rest)) < 0.00002)
        Case "b": Holds = (CStr(held) = CStr(rest = "1"))
    End Select
End Function

Private Function Plain(ByVal text As String) As String
    Plain = RTrim$(Replace(Replace(text, vbCrLf, vbLf), vbCr, vbLf))
End Function

Private Function AllOf(ByVal lines As Variant, ByVal word As String) As String
    Dim one As Variant
    For Each one In lines
        If Left$(one, Len(word) + 1) = word & vbTab Then
            If AllOf <> "" Then AllOf = AllOf & vbCrLf
            AllOf = AllOf & CvsbUnescaped(Mid$(one, Len(word) + 2))
        End If
    Next
End Function

Public Function CvsbUnescaped(ByVal text As String) As String
    Dim at As Long, found As Long, ends As Long
    at = 1
    found = InStr(text, "\")
    Do While found > 0
        CvsbUnescaped = CvsbUnescaped & Mid$(text, at, found - at)
        at = found + 2
        Select Case Mid$(text, found + 1, 1)
            Case "t": CvsbUnescaped = CvsbUnescaped & vbTab
            Case "n": CvsbUnescaped = CvsbUnescaped & vbLf
            Case "r": CvsbUnescaped = CvsbUnescaped & vbCr
            Case "u"
                ends = InStr(at, text, ";")
                CvsbUnescaped = CvsbUnescaped & ChrW$(CLng(Mid$(text, at, ends - at)))
                at = ends + 1
            Case Else: CvsbUnescaped = CvsbUnescaped & Mid$(text, found + 1, 1)
        End Select
        found = InStr(at, text, "\")
    Loop
    CvsbUnescaped = CvsbUnescaped & Mid$(text, at)
End Function

Public Function CvsbEscaped(ByVal text As String) As String
    Dim at As Long, one As String, code As Long
    For at = 1 To Len(text)
        one = Mid$(text, at, 1)
        code = AscW(one)
        If code < 0 Then code = code + 65536
        If one = "\" Then
            one = "\\"
        ElseIf code < 32 Or code > 126 Then
            one = "\u" & code & ";"
        End If
        CvsbEscaped = CvsbEscaped & one
    Next
End Function

' For tests and for a person at the keyboard: carry out the answer in a file on the workbook in front.
Public Sub CvsbApplyFile(ByVal path As String)
    CvsbSay "", CvsbApply(ActiveWorkbook, CvsbReadText(path))
End Sub
