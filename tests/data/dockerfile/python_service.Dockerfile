FROM python:3.12-slim AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH="/app/.venv/bin:$PATH"

FROM base AS deps
RUN pip install uv==0.4.0
COPY pyproject.toml uv.lock /app/
WORKDIR /app
RUN uv sync --frozen --no-dev

FROM base
COPY --from=deps /app/.venv /app/.venv
COPY . /app
HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD curl -f http://localhost:${PORT:-8000}/healthz || exit 1
STOPSIGNAL SIGTERM
CMD exec gunicorn app.wsgi --bind 0.0.0.0:$PORT
