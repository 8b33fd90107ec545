@echo off
rem Installs cvsb-xl for this user. Close Excel first. No administrator's rights and no internet are needed.
rem pushd gives a file share a drive letter for as long as this runs; cmd cannot work in \\server\share itself.
pushd "%~dp0"
where py >nul 2>nul && (
  py -@PYTHON@ -c "" >nul 2>nul && (
    py -@PYTHON@ install.py
    goto :end
  )
)
where python >nul 2>nul && (
  python install.py
  goto :end
)
echo Python @PYTHON@ (64-bit) is not on this computer. README.txt says where to get it; it needs no administrator.
:end
popd
pause
