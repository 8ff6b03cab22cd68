FROM alpine
RUN cat <<ONE > /one && cat <<-"TWO" > /two
first
ONE
	second $NOT_EXPANDED
	TWO
COPY <<a.txt <<'b.txt' /dest/
a
a.txt
b
b.txt
USER app
