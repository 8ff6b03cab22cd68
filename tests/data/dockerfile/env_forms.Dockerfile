FROM alpine
ENV ONE=1 TWO="two words" THREE='three words' FOUR=four\ words
ENV FIVE five words here
ENV SIX="a \"quoted\" word" SEVEN=$ONE-${TWO:-x}
ENV EMPTY=
LABEL a=b "c.d"="e f"
LABEL description="A text \
that goes on"
