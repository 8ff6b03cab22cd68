FROM alpine
RUN <<EOF
echo hi
EOF
# a comment, then the next instruction
USER app
