FROM alpine
CMD [ "a", \
      "b c", \
      # third
      "d" ]
ENTRYPOINT [ "/bin/sh", \
  "-c" ]
