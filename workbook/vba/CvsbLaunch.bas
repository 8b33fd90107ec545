Option Explicit
' Asks Python for a verb and shows what came of it. Python never touches the open workbook: it reads a copy, and answers
' with lines that CvsbApply carries out. It is asked in one of two ways: by the service that the user started from the
' Start menu, or, where that does not run, by starting Python. The first starts no program from Excel, which many
' organisations forbid (Defender: "Block all Office applications from creating child processes").

Private Const STARTS_WITHIN = 30    ' seconds until Python must have said that it began
Private Const ENDS_WITHIN = 600     ' seconds until it must have answered

' files: the returned sheets that were chosen, with line feeds between; "" for none.
Public Sub CvsbPress(ByVal verb As String, ByVal files As String)
    Dim book As Object, run As String, failed As String
    On Error GoTo Failure
    Set book = ActiveWorkbook
    If book Is Nothing Then
        CvsbSay "", "Open the tracker first: the CVSB buttons work on the workbook in front."
        Exit Sub
    End If
    If NotToBeSaved(book) Then
        CvsbSay "", "This workbook is new or open for reading only. Save it under a name first, then press the button again."
        Exit Sub
    End If
    run = NewRun()
    WriteRequest run, book, verb, files
    SaveACopy book, run
    failed = Ask(run, verb)
    If failed = "" Then
        CvsbSay run, CvsbApply(book, CvsbReadText(run & Application.PathSeparator & "answer.txt"))
    Else
        CvsbSay run, failed
    End If
    Exit Sub
Failure:
    CvsbSay run, "The workbook was not changed any further. " & Err.Description
End Sub

Private Function NotToBeSaved(ByVal book As Object) As Boolean
    NotToBeSaved = (book.Path = "")
    If CvsbInExcel() Then NotToBeSaved = NotToBeSaved Or book.ReadOnly
End Function

' Where the program keeps what it knows of this user: nothing there needs administrator's rights.
Public Function CvsbHome() As String
    CvsbHome = Environ("CVSB_HOME")
    If CvsbHome = "" Then CvsbHome = Environ("LOCALAPPDATA") & Application.PathSeparator & "cvsb"
End Function

Public Sub CvsbGoTo(ByVal names As String)
    Dim sheet As Object, wanted As Variant
    If ActiveWorkbook Is Nothing Then
        CvsbSay "", "Open the tracker first: the CVSB buttons work on the workbook in front."
        Exit Sub
    End If
    For Each wanted In Split(names, "|")
        For Each sheet In ActiveWorkbook.Worksheets
            If LCase$(sheet.Name) = LCase$(wanted) Then
                sheet.Visible = True
                sheet.Activate
                Exit Sub
            End If
        Next
    Next
    CvsbSay "", "The workbook in front has no sheet " & Split(names, "|")(0) & ". Open the tracker first."
End Sub

' The files that the person chooses. CVSB_QUIET=1 asks nobody: they stand in CVSB_CHOSEN.
Public Function CvsbChosenFiles() As String
    Dim chosen As Variant, file As Variant
    If Environ("CVSB_QUIET") = "1" Then
        CvsbChosenFiles = Environ("CVSB_CHOSEN")
        Exit Function
    End If
    chosen = Application.GetOpenFilename("Returned sheets (*.xlsx),*.xlsx", 1, "Choose the returned sheets", "", True)
    If Not IsArray(chosen) Then Exit Function
    For Each file In chosen
        CvsbChosenFiles = CvsbChosenFiles & vbLf & file
    Next
    CvsbChosenFiles = Mid$(CvsbChosenFiles, 2)
End Function

Public Sub CvsbShowLastRun()
    Dim place As String
    place = ReadFirstLine(CvsbHome() & Application.PathSeparator & "last-run.txt")
    If place = "" Then
        CvsbSay "", "No button has been pressed yet."
    Else
        CvsbSay "", CvsbReadText(CvsbUnescaped(place) & Application.PathSeparator & "summary.txt")
    End If
End Sub

' Shows a message, and keeps it in the run's folder. CVSB_QUIET=1 keeps it only.
Public Sub CvsbSay(ByVal run As String, ByVal words As String)
    Dim folder As String
    MakeFolder CvsbHome()
    folder = run
    If folder = "" Then folder = CvsbHome()
    words = InWindowsLetters(words)
    If run <> "" Then words = words & vbCrLf & vbCrLf & "Details: " & run
    WriteText folder & Application.PathSeparator & "summary.txt", words
    If Environ("CVSB_QUIET") <> "1" Then MsgBox Left$(words, 1000), vbInformation, "CVSB"
End Sub

' A message box and a text file know the letters of Windows' own alphabet alone, and Welsh has four more (output.txt has them).
Private Function InWindowsLetters(ByVal words As String) As String
    InWindowsLetters = Replace(Replace(words, ChrW$(373), "w"), ChrW$(375), "y")
    InWindowsLetters = Replace(Replace(InWindowsLetters, ChrW$(372), "W"), ChrW$(374), "Y")
End Function

Private Function NewRun() As String
    Dim stem As String, number As Long
    MakeFolder CvsbHome()
    MakeFolder CvsbHome() & Application.PathSeparator & "runs"
    stem = CvsbHome() & Application.PathSeparator & "runs" & Application.PathSeparator & Format(Now, "yyyymmdd") & "-" & Two(Hour(Now)) & Two(Minute(Now)) & Two(Second(Now))
    NewRun = stem
    Do While Dir(NewRun, vbDirectory) <> ""
        number = number + 1
        NewRun = stem & "-" & number
    Loop
    MkDir NewRun
    WriteText CvsbHome() & Application.PathSeparator & "last-run.txt", CvsbEscaped(NewRun)
End Function

Private Function Two(ByVal number As Long) As String
    Two = Right$("0" & number, 2)
End Function

Private Sub MakeFolder(ByVal path As String)
    If Dir(path, vbDirectory) = "" Then MkDir path
End Sub

' What is asked, in the same plain lines as the answer: a word, a tab, its value.
Private Sub WriteRequest(ByVal run As String, ByVal book As Object, ByVal verb As String, ByVal files As String)
    Dim text As String, file As Variant
    text = "verb" & vbTab & verb & vbCrLf
    text = text & "workbook" & vbTab & CvsbEscaped(FullName(book)) & vbCrLf
    text = text & "copy" & vbTab & "copy" & Extension(book.Name) & vbCrLf
    text = text & "sheet" & vbTab & CvsbEscaped(book.ActiveSheet.Name) & vbCrLf
    If Not ActiveCell Is Nothing Then text = text & "row" & vbTab & ActiveCell.Row & vbCrLf  ' a sheet may be a chart
    If files <> "" Then
        For Each file In Split(files, vbLf)
            text = text & "return" & vbTab & CvsbEscaped(file) & vbCrLf
        Next
    End If
    WriteText run & Application.PathSeparator & "request.txt", text
End Sub

' In LibreOffice a workbook's full name lacks its folder.
Private Function FullName(ByVal book As Object) As String
    FullName = book.FullName
    If Not CvsbInExcel() Then FullName = book.Path & Application.PathSeparator & book.Name
End Function

Private Function Extension(ByVal name As String) As String
    Extension = ".xlsx"
    If InStrRev(name, ".") > 0 Then Extension = LCase$(Mid$(name, InStrRev(name, ".")))
End Function

' The copy is what Python reads, and what to go back to. LibreOffice's SaveCopyAs writes the old file format.
Private Sub SaveACopy(ByVal book As Object, ByVal run As String)
    Dim copy As String
    copy = run & Application.PathSeparator & "copy" & Extension(book.Name)
    If CvsbInExcel() Then
        book.SaveCopyAs copy
    Else
        book.Save
        FileCopy FullName(book), copy
    End If
End Sub

Public Function CvsbInExcel() As Boolean
    CvsbInExcel = Val(Application.Version) >= 14
End Function

' Returns "" when an answer lies in the run's folder, else what went wrong.
Private Function Ask(ByVal run As String, ByVal verb As String) As String
    Dim way As String, service As String
    way = Setting("transport")
    service = CvsbHome() & Application.PathSeparator & "local.txt"
    If way <> "process" And Dir(service) <> "" Then
        Ask = AskService(service, run)
        If Ask = "" Or way = "service" Then Exit Function
    ElseIf way = "service" Then
        Ask = "The CVSB service does not run. Start ""CVSB service"" from the Start menu, then press the button again."
        Exit Function
    End If
    Ask = AskProcess(run, verb)
End Function

' The first way: no program is started. The service reads and writes in the run's folder; only its name is sent.
Private Function AskService(ByVal service As String, ByVal run As String) As String
    Dim http As Object, port As String, token As String
    On Error GoTo Failure
    port = ValueIn(service, "port")
    token = ValueIn(service, "token")
    Set http = CreateObject("MSXML2.ServerXMLHTTP.6.0")
    http.setTimeouts 2000, 2000, 10000, ENDS_WITHIN * 1000
    http.Open "POST", "http://127.0.0.1:" & port & "/press/" & Mid$(run, InStrRev(run, Application.PathSeparator) + 1), False
    http.setRequestHeader "Authorization", "Bearer " & token
    http.setRequestHeader "Content-Type", "text/plain"
    http.send ""
    If http.Status <> 200 Then AskService = "The CVSB service refused: " & http.responseText
    Exit Function
Failure:
    AskService = "The CVSB service does not answer. Start ""CVSB service"" from the Start menu, then press the button again."
End Function

' The second way: Python is started, and leaves its answer in the run's folder.
Private Function AskProcess(ByVal run As String, ByVal verb As String) As String
    Dim python As String, asked As String
    On Error GoTo Failure
    python = Setting("python")
    If python = "" Then
        AskProcess = "CVSB does not know where Python is: " & CvsbHome() & Application.PathSeparator & "cvsb.txt is missing. " & _
            "Run ""cvsb addin install"" once."
        Exit Function
    End If
    ' -P: no module is taken from the folder that Excel happens to stand in.
    asked = """" & python & """ -P -m cvsb_xl run " & verb & " --request """ & run & """"
    WriteText run & Application.PathSeparator & "command.txt", asked
    Shell asked, 0
    If Not WaitFor(run & Application.PathSeparator & "started.txt", STARTS_WITHIN) Then GoTo Failure
    If Not WaitFor(run & Application.PathSeparator & "answer.txt", ENDS_WITHIN) Then
        AskProcess = "Python began but gave no answer within ten minutes. The workbook is as it was."
    End If
    Exit Function
Failure:
    AskProcess = "Python was not started (" & python & "). Your organisation may forbid Excel to start programs: then start " & _
        """CVSB service"" from the Start menu and press the button again. The button Doctor and ""cvsb doctor"" say more."
End Function

Private Function WaitFor(ByVal path As String, ByVal seconds As Long) As Boolean
    Dim last As Date
    last = Now + seconds / 86400
    Do
        If Dir(path) <> "" Then
            WaitFor = True
            Exit Function
        End If
        Application.Wait Now + TimeSerial(0, 0, 1)
    Loop While Now < last
End Function

Private Function Setting(ByVal word As String) As String
    Setting = ValueIn(CvsbHome() & Application.PathSeparator & "cvsb.txt", word)
End Function

Private Function ValueIn(ByVal path As String, ByVal word As String) As String
    Dim one As Variant
    If Dir(path) = "" Then Exit Function
    For Each one In Split(Replace(CvsbReadText(path), vbCr, ""), vbLf)
        If Left$(one, Len(word) + 1) = word & vbTab Then ValueIn = CvsbUnescaped(Mid$(one, Len(word) + 2))
    Next
End Function

Public Function CvsbReadText(ByVal path As String) As String
    Dim file As Integer
    If Dir(path) = "" Then Exit Function
    file = FreeFile
    Open path For Binary Access Read As #file
    If LOF(file) > 0 Then CvsbReadText = Input$(LOF(file), #file)
    Close #file
End Function

Private Function ReadFirstLine(ByVal path As String) As String
    Dim text As String
    text = Replace(CvsbReadText(path), vbCr, vbLf) & vbLf
    ReadFirstLine = Left$(text, InStr(text, vbLf) - 1)
End Function

Private Sub WriteText(ByVal path As String, ByVal text As String)
    Dim file As Integer
    file = FreeFile
    Open path For Output As #file
    Print #file, text
    Close #file
End Sub
