# A small image that serves the API against the PostgreSQL of PAYRANK_DATABASE_URL.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/payrank && /opt/payrank/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY service service
COPY schema schema
COPY seed seed
COPY migrations migrations
COPY web web
RUN /opt/payrank/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --create-home payrank && install --directory --owner=payrank --mode=0700 /var/lib/payrank/journal
COPY --from=build /opt/payrank /opt/payrank
ENV PATH=/opt/payrank/bin:$PATH PAYRANK_HOST=0.0.0.0 PAYRANK_JOURNAL_DIR=/var/lib/payrank/journal
USER payrank
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=3)"]
CMD ["payrank", "serve"]
