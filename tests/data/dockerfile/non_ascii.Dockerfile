FROM alpine AS größe
LABEL autor="Jürgen Müller" gruß=schön
RUN echo "héllo → wörld" \
 && echo ✓
COPY --from=größe /ä /ö
