# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
WORKDIR C:\app
COPY start.cmd C:\app\
RUN dir `
    C:\app
CMD ["cmd", "/C", "start.cmd"]
